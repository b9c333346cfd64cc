//! Where in a document an element stands.

/// The names of an element and of those around it, outermost first, in one buffer. The namespace
/// of a name counts only for its end.
#[derive(Debug, Default)]
pub(super) struct Path {
    text: String,
    starts: Vec<usize>,
}

impl Path {
    pub(super) fn push(&mut self, name: &str) {
        self.starts.push(self.text.len());
        self.text.push_str(name);
    }

    pub(super) fn pop(&mut self) {
        self.text.truncate(self.starts.pop().unwrap_or_default());
    }

    /// Returns `true` if this is the name of the innermost element.
    pub(super) fn ends_with(&self, name: &str) -> bool {
        let start = self.starts.last().copied().unwrap_or_default();
        self.text.get(start..) == Some(name)
    }

    /// Returns whether there is one element only.
    pub(super) fn is_root(&self) -> bool {
        self.starts.len() == 1
    }

    /// Returns the names of the element, its parent and its grandparent; blank where there is none.
    pub(super) fn last_three(&self) -> [&str; 3] {
        let mut end = self.text.len();
        let mut starts = self.starts.iter().rev();
        std::array::from_fn(|_| {
            let start = *starts.next().unwrap_or(&end);
            let name = self.text.get(start..end).unwrap_or_default();
            end = start;
            name.split_once(':').map_or(name, |(_, local)| local)
        })
    }
}
