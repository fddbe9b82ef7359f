"""Reads a dataset with the engines that people have, and compares what each says with the list of its files."""

import json
import os
import sys

import duckdb
import pandas
import polars
import pyarrow.compute
import pyarrow.dataset

FACTS = ("count(*)", "sum(event_key % 1000)", "min(ts_ns)", "max(ts_ns)", "count(process_key)")


def kinds(manifest):
    """Name, folder and rows of every kind that has rows, and whether they are in `events` too."""
    for table in manifest["tables"]:
        if "event" in table and table["files"]:
            first = table["files"][0]
            yield table["name"], os.path.dirname(first["path"]), sum(file["rows"] for file in table["files"]), "apart" not in first


def by_duckdb(database, name):
    return tuple(int(value) for value in database.execute(f'SELECT {", ".join(FACTS)} FROM "{name}"').fetchone())


def by_pyarrow(folder):
    table = pyarrow.dataset.dataset(folder).to_table(columns=["event_key", "ts_ns", "process_key"])
    compute = pyarrow.compute
    key, time = table["event_key"], table["ts_ns"]
    rest = compute.subtract(key, compute.multiply(compute.divide(key, 1000), 1000))
    process = compute.count(table["process_key"]).as_py()
    return (len(table), compute.sum(rest).as_py(), compute.min(time).as_py(), compute.max(time).as_py(), process)


def by_pandas(folder):
    table = pandas.read_parquet(folder, columns=["event_key", "ts_ns", "process_key"])
    return (
        len(table),
        int((table.event_key % 1000).sum()),
        int(table.ts_ns.min()),
        int(table.ts_ns.max()),
        int(table.process_key.count()),
    )


def by_polars(folder):
    column = polars.col
    row = (
        polars.scan_parquet(f"{folder}/*.parquet")
        .select(
            polars.len().alias("rows"),
            (column("event_key") % 1000).sum().alias("sum"),
            column("ts_ns").min().alias("first"),
            column("ts_ns").max().alias("last"),
            column("process_key").count().alias("processes"),
        )
        .collect()
        .row(0)
    )
    return tuple(int(value) for value in row)


def check(directory):
    os.chdir(directory)
    with open("_tracee.json") as file:
        manifest = json.load(file)
    database = duckdb.connect()
    with open("views/duckdb.sql") as file:
        database.execute(file.read())
    total = 0
    for name, folder, rows, is_in_events in kinds(manifest):
        said = {
            "duckdb": by_duckdb(database, name),
            "pyarrow": by_pyarrow(folder),
            "pandas": by_pandas(folder),
            "polars": by_polars(folder),
        }
        assert len(set(said.values())) == 1, (name, said)
        assert said["duckdb"][0] == rows, (name, said, rows)
        total += rows if is_in_events else 0
    by_event = dict(database.execute("SELECT event, count(*) FROM events GROUP BY event").fetchall())
    assert sum(by_event.values()) == sum(capture["rows"] for capture in manifest["captures"]), by_event
    everything = pyarrow.dataset.dataset("events", partitioning="hive").to_table(columns=["event", "ts_ns"])
    assert len(everything) == sum(by_event.values())
    for table in manifest["tables"]:
        rows = database.execute(f'SELECT count(*) FROM "{table["name"]}"').fetchone()[0]
        if table["name"] != "events":
            assert rows == sum(file["rows"] for file in table["files"]), (table["name"], rows)
    ts, ts_ns, zone = database.execute("SELECT epoch_us(ts), ts_ns, typeof(ts) FROM events ORDER BY ts_ns LIMIT 1").fetchone()
    assert ts == ts_ns // 1000 and zone == "TIMESTAMP WITH TIME ZONE", (ts, ts_ns, zone)
    views = [view for view in ("hosts", "file_accesses", "files", "connections", "listening")]
    counts = {view: database.execute(f"SELECT count(*) FROM {view}").fetchone()[0] for view in views}
    print(f"{directory}: {total} rows of {len(by_event)} kinds, views {counts}")


for argument in sys.argv[1:]:
    check(argument)
