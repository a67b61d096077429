//! The opml_ JSON-RPC namespace: trait, types, server and client
