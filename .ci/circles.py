#!/usr/bin/env python3
"""Finds circles of source files: files that use each other, directly or by way of others.

Usage: circles.py [CRATE_FOLDER ...]   (default: every folder of crates/)

A file uses another if a path in it (`use`, or `crate::…` and `super::…` in code) resolves to an item that
the other defines. Re-exports are followed to the definition and are no use themselves. Tests inside
a source file do not count. Fails if a crate has a circle.
"""

import re
import sys
from pathlib import Path

USE = re.compile(r"^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);", re.MULTILINE)
INLINE = re.compile(r"\b((?:crate|self|super)(?:::\w+)+)")


def strip(text):
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'"(?:\\.|[^"\\])*"', '""', text)
    return re.sub(r"#\[cfg\(test\)\]\s*mod \w+ \{.*\Z", "", text, flags=re.DOTALL)


def expand(tree):
    """Yields (path, name) for each leaf of a use tree."""
    tree = re.sub(r"\s+", " ", tree.strip())
    match = re.match(r"^(.*?)\{(.*)\}$", tree)
    if not match:
        path, _, name = tree.partition(" as ")
        yield path.strip(), (name or path.rsplit("::", 1)[-1]).strip()
        return
    prefix, inner, depth, part = match[1], match[2], 0, ""
    for character in inner + ",":
        if character == "," and depth == 0:
            if part.strip():
                for path, name in expand(part):
                    path = prefix + path
                    if path.endswith("::self"):
                        path = path[: -len("::self")]
                        name = path.rsplit("::", 1)[-1] if name == "self" else name
                    yield path, name
            part = ""
            continue
        depth += (character == "{") - (character == "}")
        part += character


class Crate:
    def __init__(self, folder):
        self.files = {}
        source = folder / "src"
        for file in sorted(source.rglob("*.rs")):
            relative = file.relative_to(source).with_suffix("")
            parts = [p for p in relative.parts if p not in ("mod", "lib")]
            if relative.parts == ("main",):
                continue
            self.files[tuple(parts)] = file
        self.uses, self.exports = {}, {}
        for module, file in self.files.items():
            text = strip(file.read_text(encoding="utf-8"))
            uses, exports = [], {}
            for match in USE.finditer(text):
                for path, name in expand(match[2]):
                    if match[1]:
                        exports[name] = path
                    else:
                        exports.setdefault(name, path)
                        uses.append(path)
            text = USE.sub("", text)
            uses.extend(INLINE.findall(text))
            for path in list(re.findall(r"\b([a-z_]\w*(?:::\w+)+)", text)):
                if module + (path.split("::")[0],) in self.files:
                    uses.append("self::" + path)
            self.uses[module], self.exports[module] = uses, exports

    def absolute(self, module, path):
        parts = path.split("::")
        if parts[0] == "crate":
            return (), parts[1:]
        base, explicit = module, False
        while parts and parts[0] in ("self", "super"):
            base = base[:-1] if parts[0] == "super" else base
            parts, explicit = parts[1:], True
        if explicit or (parts and module + (parts[0],) in self.files):
            return base, parts
        return None, parts

    def resolve(self, module, path, seen=()):
        """Returns the module that defines what the path names, or None outside the crate."""
        if (module, path) in seen:
            return None
        seen = seen + ((module, path),)
        base, parts = self.absolute(module, path)
        if base is None or base not in self.files:
            return None
        while parts:
            name = parts[0]
            if base + (name,) in self.files:
                base, parts = base + (name,), parts[1:]
                continue
            export = self.exports[base].get(name)
            if export is not None:
                rest = "::".join([export] + parts[1:])
                found = self.resolve(base, rest, seen)
                return found if found is not None else None
            for glob, target in self.exports[base].items():
                if glob == "*":
                    found = self.resolve(base, target.removesuffix("::*") + "::" + "::".join(parts), seen)
                    if found is not None and found != base:
                        return found
            return base
        return base

    def graph(self):
        edges = {}
        for module, paths in self.uses.items():
            targets = set()
            for path in paths:
                path = path.removesuffix("::*")
                target = self.resolve(module, path)
                if target is not None and target != module:
                    targets.add(target)
            edges[module] = targets
        return edges


def components(edges):
    """Tarjan's strongly connected components of more than one file."""
    index, low, stack, found, order = {}, {}, [], [], [0]

    def visit(node):
        index[node] = low[node] = order[0]
        order[0] += 1
        stack.append(node)
        for target in edges.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            component = []
            while True:
                component.append(stack.pop())
                if component[-1] == node:
                    break
            if len(component) > 1:
                found.append(sorted(component))

    sys.setrecursionlimit(10_000)
    for node in edges:
        if node not in index:
            visit(node)
    return found


def main(arguments):
    edges_wanted = "--edges" in arguments
    folders = [Path(a) for a in arguments if a != "--edges"] or sorted(Path("crates").iterdir())
    total = 0
    for folder in folders:
        edges = Crate(folder).graph()
        for component in components(edges):
            total += len(component)
            print(f"{folder}: {', '.join('::'.join(m) or 'lib' for m in component)}")
            if edges_wanted:
                for module in component:
                    inside = [t for t in edges[module] if t in component]
                    print(f"    {'::'.join(module) or 'lib'} -> {', '.join('::'.join(t) or 'lib' for t in sorted(inside))}")
    print(f"{total} files in circles")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
