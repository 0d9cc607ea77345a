//! What the page may call, by the real capability and the real handler.

use serde_json::{Value, json};
use tauri::{
    WebviewWindow, WebviewWindowBuilder,
    ipc::{CallbackFn, InvokeBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder},
    webview::InvokeRequest,
};

use super::Scene;
use crate::{app, commands, window::MAIN};

fn call(window: &WebviewWindow<MockRuntime>, command: &str, body: Value) -> Result<Value, Value> {
    let url = if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" };
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: url.parse().unwrap(),
        body: InvokeBody::Json(body),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    let answer = get_ipc_response(window, request)?;
    Ok(answer.deserialize().unwrap())
}

#[test]
fn the_page_may_call_the_commands_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let scene = tauri::async_runtime::block_on(Scene::open(folder.path()));
    let app = mock_builder()
        .invoke_handler(commands::handler())
        .plugin(tauri_plugin_dialog::init())
        .manage(scene.desk.clone())
        .build(app::context())
        .unwrap();
    let window =
        |label| WebviewWindowBuilder::new(&app, label, Default::default()).build().unwrap();
    let main = window(MAIN);

    let list = call(&main, "list", json!({"asked": {"limit": 10, "cursor": null}}));
    assert_eq!(list, Ok(json!({"requests": [], "nextCursor": null})));
    let way = call(&main, "way", json!({"asked": {}}));
    assert_eq!(way.unwrap()["way"], json!({"is": "here"}));
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let missing = call(&main, "report", json!({"asked": {"requestId": id}})).unwrap_err();
    assert_eq!((&missing["is"], &missing["problem"]["status"]), (&json!("problem"), &json!(404)));

    // No plugin's command is for the page, nor is any for another window.
    for (command, body) in [
        ("plugin:dialog|open", json!({"options": {}})),
        ("plugin:event|emit", json!({"event": "held", "payload": true})),
        ("plugin:window|close", json!({"label": "main"})),
    ] {
        let refused = call(&main, command, body).unwrap_err().to_string();
        assert!(refused.contains("not allowed"), "{command}: {refused}");
    }
    let other = call(&window("other"), "list", json!({"asked": {"limit": 10, "cursor": null}}));
    assert!(other.unwrap_err().to_string().contains("not allowed"));
    tauri::async_runtime::block_on(scene.desk.close());
}
