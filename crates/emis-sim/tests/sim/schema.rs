//! A small validator for the part of OpenAPI 3.0 that the published document uses.

use serde_json::Value;

/// The published document.
pub(crate) struct Document(Value);

impl Document {
    /// Returns the document, or `None` if it is not on this machine and not required.
    pub(crate) fn find() -> Option<Self> {
        emis_test_support::openapi_document().map(Self)
    }

    /// Path, method and description of an operation.
    pub(crate) fn operation(&self, id: &str) -> (String, String, &Value) {
        for (path, methods) in self.0["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                if operation["operationId"] == id {
                    return (path.clone(), method.to_uppercase(), operation);
                }
            }
        }
        panic!("the document has no {id}");
    }

    /// The violations of `value` as the answer of an operation with this status.
    pub(crate) fn check_answer(
        &self,
        operation: &Value,
        status: u16,
        value: &Value,
    ) -> Vec<String> {
        let answer = &operation["responses"][status.to_string()];
        let schema = &answer["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "the document declares no {status}");
        self.check(schema, value)
    }

    /// The violations of `value` as a named schema.
    pub(crate) fn check_named(&self, name: &str, value: &Value) -> Vec<String> {
        self.check(&self.0["components"]["schemas"][name], value)
    }

    fn check(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        self.walk(schema, value, "$", &mut wrong);
        wrong
    }

    fn walk(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().expect("a name");
            let target = &self.0["components"]["schemas"][name];
            assert!(target.is_object(), "{name} is not in the document");
            return self.walk(target, value, at, wrong);
        }
        if value.is_null() {
            if schema["nullable"] != true {
                wrong.push(format!("{at}: null"));
            }
            return;
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            wrong.push(format!("{at}: {value} is not in the enumeration"));
        }
        match schema["type"].as_str() {
            Some("object") => self.walk_object(schema, value, at, wrong),
            Some("array") => match value.as_array() {
                Some(items) => {
                    for (index, item) in items.iter().enumerate() {
                        self.walk(&schema["items"], item, &format!("{at}[{index}]"), wrong);
                    }
                }
                None => wrong.push(format!("{at}: not an array")),
            },
            Some(scalar) => {
                if !is_a(scalar, schema["format"].as_str(), value) {
                    wrong.push(format!("{at}: {value} is not {scalar}"));
                }
            }
            // Nullable only: nine properties have no type.
            None if schema
                .as_object()
                .is_some_and(|it| it.keys().all(|key| key == "nullable")) => {}
            None => panic!("{at}: a schema without a type"),
        }
    }

    fn walk_object(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let Some(members) = value.as_object() else {
            wrong.push(format!("{at}: not an object"));
            return;
        };
        for (name, member) in members {
            let at = format!("{at}.{name}");
            match schema["properties"].get(name) {
                Some(property) => self.walk(property, member, &at, wrong),
                None if schema["additionalProperties"] == false => {
                    wrong.push(format!("{at}: not in the document"));
                }
                None => {}
            }
        }
    }
}

fn is_a(scalar: &str, format: Option<&str>, value: &Value) -> bool {
    match (scalar, format) {
        ("string", Some("uuid")) => value
            .as_str()
            .is_some_and(|text| uuid::Uuid::try_parse(text).is_ok()),
        ("string", _) => value.is_string(),
        ("boolean", _) => value.is_boolean(),
        ("integer", Some("int32")) => value
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        ("integer", _) => value.is_i64(),
        ("number", _) => value.is_number(),
        _ => false,
    }
}

#[test]
fn the_validator_finds_violations() {
    let document = Document(serde_json::json!({ "components": { "schemas": {
        "Pet": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "name": { "type": "string", "nullable": true },
                "legs": { "type": "integer", "format": "int32", "enum": [2, 4] },
                "friends": { "type": "array", "items": { "$ref": "#/components/schemas/Pet" } }
            }
        }
    }}}));
    let wrong = |value| document.check_named("Pet", &value);
    let nothing: Vec<String> = Vec::new();
    assert_eq!(
        wrong(serde_json::json!({ "name": null, "friends": [{ "legs": 4 }] })),
        nothing
    );
    for value in [
        serde_json::json!({ "tail": 1 }),
        serde_json::json!({ "legs": null }),
        serde_json::json!({ "legs": 3 }),
        serde_json::json!({ "legs": "4" }),
        serde_json::json!({ "name": 4 }),
        serde_json::json!({ "friends": {} }),
        serde_json::json!({ "friends": [{ "name": [] }] }),
        serde_json::json!([]),
    ] {
        assert!(!wrong(value.clone()).is_empty(), "{value}");
    }
}
