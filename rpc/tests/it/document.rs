//! The OpenRPC document says what the server does: the same methods, parameters of these names, answers of these schemas.

use std::collections::BTreeSet;

use jsonrpsee::RpcModule;
use opml_rpc::{
    OPENRPC, OPENRPC_ADMIN, OpmlAdminApiServer, OpmlApiServer,
    types::{Topic, Update},
};
use serde_json::{Map, Value, json};

use crate::{
    admin::Told,
    fixed::{Fixed, ID, exposure, update},
};

/// Methods that answer only on a connection that stays.
const SUBSCRIPTION: [&str; 2] = ["opml_subscribe", "opml_unsubscribe"];

fn document() -> Value {
    serde_json::from_str(OPENRPC).unwrap()
}

/// A schema with the components that it may refer to.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    jsonschema::validator_for(&whole).unwrap()
}

/// What a parameter may be.
fn sample(name: &str) -> Value {
    match name {
        "limit" | "from" => json!("0x5"),
        "filter" | "limits" => json!({}),
        "role" => json!("challenger"),
        "input" => json!("0x0102"),
        _ => json!(ID),
    }
}

#[test]
fn it_has_the_methods_of_the_server() {
    has_methods(&document(), &Fixed.into_rpc());
    has_methods(&serde_json::from_str(OPENRPC_ADMIN).unwrap(), &Told.into_rpc());
}

fn has_methods<C>(document: &Value, module: &RpcModule<C>) {
    let served: BTreeSet<_> = module.method_names().map(str::to_owned).collect();
    let methods = document["methods"].as_array().unwrap();
    let told: Vec<_> =
        methods.iter().map(|method| method["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told.iter().cloned().collect::<BTreeSet<_>>(), served);
    assert_eq!(told.len(), served.len());
}

#[tokio::test]
async fn parameters_have_its_names_and_answers_its_schemas() {
    has_schemas(&document(), &Fixed.into_rpc()).await;
    has_schemas(&serde_json::from_str(OPENRPC_ADMIN).unwrap(), &Told.into_rpc()).await;
}

async fn has_schemas<C>(document: &Value, module: &RpcModule<C>) {
    for method in document["methods"].as_array().unwrap() {
        let name = method["name"].as_str().unwrap();
        if SUBSCRIPTION.contains(&name) {
            continue;
        }
        let parameters = method["params"].as_array().unwrap();
        let result = validator(document, &method["result"]["schema"]);
        let given = |all: bool| -> Map<String, Value> {
            let wanted = parameters.iter().filter(|p| all || p["required"] == json!(true));
            let names = wanted.map(|p| p["name"].as_str().unwrap());
            names.map(|name| (name.to_owned(), sample(name))).collect()
        };
        for parameter in parameters {
            let value = sample(parameter["name"].as_str().unwrap());
            assert!(validator(document, &parameter["schema"]).is_valid(&value), "{name}");
        }
        for parameters in [given(true), given(false)] {
            let answer = module.call::<_, Value>(name, parameters).await;
            // A server without an account cannot show its answer to this one.
            let answer = if name == "opml_exposure" { json!(exposure()) } else { answer.unwrap() };
            let errors: Vec<_> =
                result.iter_errors(&answer).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?} in {answer}");
        }
        for required in given(false).keys() {
            let mut less = given(true);
            less.remove(required);
            assert!(
                module.call::<_, Value>(name, less).await.is_err(),
                "{name} without {required}"
            );
        }
    }
}

#[tokio::test]
async fn subscribers_are_told_what_it_says() {
    let document = document();
    let schema = |name: &str| {
        validator(&document, &json!({ "$ref": format!("#/components/schemas/{name}") }))
    };
    let module: RpcModule<Fixed> = Fixed.into_rpc();
    for topic in [Topic::Requests, Topic::Claims, Topic::Moves, Topic::Verdicts] {
        assert!(schema("Topic").is_valid(&json!(topic)));
        let mut subscription = module.subscribe("opml_subscribe", [topic], 1).await.unwrap();
        let (told, id) = subscription.next::<Value>().await.unwrap().unwrap();
        assert!(schema("SubscriptionId").is_valid(&json!(id)));
        let errors: Vec<_> =
            schema("Update").iter_errors(&told).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{topic:?}: {errors:?} in {told}");
        assert_eq!(serde_json::from_value::<Update>(told.clone()).unwrap(), update(topic));
        let mut less = told;
        less.as_object_mut().unwrap().remove("removed");
        assert!(!schema("Update").is_valid(&less));
    }
    assert!(module.subscribe("opml_subscribe", ["weather"], 1).await.is_err());
}

#[test]
fn its_schemas_notice_a_field_too_few_and_one_too_many() {
    let document = document();
    let schema = validator(&document, &json!({ "$ref": "#/components/schemas/Exposure" }));
    let mut answer = json!(exposure());
    assert!(schema.is_valid(&answer));
    answer["more"] = json!("0x1");
    assert!(!schema.is_valid(&answer));
    let fields = answer.as_object_mut().unwrap();
    fields.remove("more");
    fields.remove("bonds");
    assert!(!schema.is_valid(&answer));
}
