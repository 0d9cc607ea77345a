//! Reaching a database, and making it ready.

use std::time::Duration;

use mongodb::{
    Client, Database, IndexModel,
    bson::{Document as Bson, doc},
    error::{Error, ErrorKind},
    options::{
        Acknowledgment, ClientOptions, DatabaseOptions, IndexOptions, ReadConcern, ReadPreference,
        WriteConcern,
    },
};
use tokio::time::timeout;
use tracing::debug;

use super::{
    address::MongoUri,
    documents::{SUMMED, field},
    run,
    said::Said,
};
use crate::{
    blame::Blame,
    model::SCHEMA_VERSION,
    store::{Kind, Result, StoreError},
};

/// The database that is used where the address names none.
const DATABASE: &str = "pixmill";
/// The wire version of MongoDB 5.0, the oldest that will do.
const OLDEST_WIRE_VERSION: i32 = 13;
/// How long a server is looked for before an operation fails: a caller is rather told to come
/// again than kept waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells what no waiting mends from a database that is away.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is another crate's and may grow")]
fn rejected(error: StoreError) -> StoreError {
    let StoreError::Unavailable { action, source } = error else { return error };
    let said = source.downcast_ref::<Said>();
    if let Some(version) = said.and_then(Said::too_old) {
        return StoreError::TooOld { version };
    }
    let is_final = said.is_some_and(|said| match said.kind() {
        ErrorKind::InvalidArgument { .. } | ErrorKind::InvalidTlsConfig { .. } => true,
        _ => said.blame() == Blame::Asker,
    });
    if is_final { StoreError::Rejected(source) } else { StoreError::Unavailable { action, source } }
}

/// How a database is reached.
pub(super) async fn options(uri: &MongoUri) -> Result<ClientOptions> {
    match parse(uri).await.map_err(rejected) {
        // The driver repeats what it cannot read of them, and they may be secret.
        Err(StoreError::Rejected(_)) if uri.has_properties() => {
            Err(StoreError::Rejected("its options cannot be read".into()))
        }
        parsed => parsed,
    }
}

async fn parse(uri: &MongoUri) -> Result<ClientOptions> {
    let uri = uri.expose().to_owned();
    let parsed = async move { ClientOptions::parse(uri).await };
    let mut options = run("understand its address", parsed).await?;
    options.app_name.get_or_insert_with(|| DATABASE.to_owned());
    options.server_selection_timeout.get_or_insert(PATIENCE);
    options.connect_timeout.get_or_insert(PATIENCE);
    // What an address says otherwise would let what was acknowledged be lost, or a reader see what
    // is older than what it has written.
    let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    options.write_concern = Some(durable);
    options.selection_criteria = Some(ReadPreference::Primary.into());
    Ok(options)
}

/// Connects, refuses what cannot be used, and creates what is missing.
pub(super) async fn open(options: ClientOptions) -> Result<Database> {
    connect(options).await.map_err(rejected)
}

async fn connect(options: ClientOptions) -> Result<Database> {
    let name = options.default_database.clone().unwrap_or_else(|| DATABASE.to_owned());
    let client = run("be used so", async move { Client::with_options(options) }).await?;
    let made_ready = make_ready(&client, &name).await;
    if made_ready.is_err() {
        shut_down(client).await;
    }
    made_ready
}

/// Ends what a client has running. One that is dropped together with its runtime panics otherwise,
/// as it takes leave of the server in a task of its own.
pub(super) async fn shut_down(client: Client) {
    let leaving = tokio::spawn(async move { client.shutdown().immediate(true).await });
    if timeout(PATIENCE, leaving).await.is_err() {
        debug!("the database does not hear that this process leaves");
    }
}

async fn make_ready(client: &Client, name: &str) -> Result<Database> {
    let database = client.database(name);
    let hello = async move { database.run_command(doc! { "hello": 1 }).await };
    let hello = run("be reached", hello).await?;
    check_version(&hello)?;
    let concern = DatabaseOptions::builder().read_concern(read_concern(&hello)).build();
    let database = client.database_with_options(name, concern);
    check_schema(&database).await?;
    let indexed = database.clone();
    run("create its indexes", async move { create_indexes(&indexed).await }).await?;
    Ok(database)
}

/// Refuses a server that is too old, by its answer to `hello`.
fn check_version(hello: &Bson) -> Result<()> {
    let version = hello.get_i32("maxWireVersion").unwrap_or_default();
    if version < OLDEST_WIRE_VERSION { Err(StoreError::TooOld { version }) } else { Ok(()) }
}

/// What may be read of what has been written, by a server's answer to `hello`: of several servers
/// only what a majority has, as the rest may be undone when another becomes primary. One that stands
/// alone has no majority to ask.
fn read_concern(hello: &Bson) -> ReadConcern {
    let is_member = hello.contains_key("setName");
    let is_router = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
    if is_member || is_router { ReadConcern::majority() } else { ReadConcern::local() }
}

async fn check_schema(database: &Database) -> Result<()> {
    let collection = database.collection::<Bson>(DATABASE);
    let found = run("tell its schema", async move {
        let schema = doc! { "_id": "schema" };
        let new = doc! { "$setOnInsert": { "version": SCHEMA_VERSION } };
        collection.update_one(schema.clone(), new).upsert(true).await?;
        collection.find_one(schema).await
    });
    let found = found.await?.and_then(|found| {
        let version = found.get("version")?;
        version.as_i64().or(version.as_i32().map(i64::from))
    });
    let found = found.and_then(|version| u32::try_from(version).ok()).unwrap_or_default();
    if found == SCHEMA_VERSION {
        Ok(())
    } else {
        Err(StoreError::OtherSchema { found, known: SCHEMA_VERSION })
    }
}

/// An index by name. A sparse one holds only the documents that have the field.
fn index(name: &str, keys: Bson, is_sparse: bool, is_unique: bool) -> IndexModel {
    let options = IndexOptions::builder()
        .name(name.to_owned())
        .sparse(is_sparse.then_some(true))
        .unique(is_unique.then_some(true))
        .build();
    IndexModel::builder().keys(keys).options(options).build()
}

async fn create_indexes(database: &Database) -> std::result::Result<(), Error> {
    for kind in Kind::ALL {
        let mut indexes = vec![
            index("by_group", doc! { "group": 1, "_id": 1 }, false, false),
            index("by_alias", doc! { "alias": 1 }, true, true),
        ];
        for mark in kind.marks() {
            let name = format!("by_{}", mark.name());
            indexes.push(index(&name, doc! { field(*mark): 1 }, true, false));
        }
        if *kind == Kind::Batch {
            let mut keys = doc! { "group": 1 };
            keys.extend(SUMMED.map(|name| (format!("tally.{name}"), 1.into())));
            indexes.push(index("by_tally", keys, false, false));
        }
        database.collection::<Bson>(kind.name()).create_indexes(indexes).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_majority_has_is_read_where_there_is_more_than_one_server() {
        for (hello, expected) in [
            (doc! { "setName": "rs", "maxWireVersion": 21 }, ReadConcern::majority()),
            (doc! { "msg": "isdbgrid", "maxWireVersion": 21 }, ReadConcern::majority()),
            (doc! { "maxWireVersion": 21 }, ReadConcern::local()),
        ] {
            assert_eq!(read_concern(&hello), expected, "{hello}");
        }
    }
}
