"""One file per kind of database; each logs in, runs read-only queries and turns its library's errors into ours."""
