"""Asks pySigma's back end for SQLite: which rows of a database does each rule find?

Reads `{"database": FILE, "sources": [...], "rules": [FILE, ...]}` from standard input, a source being `{"category", "service",
"rows": SELECT, "columns": {FIELD: COLUMN}}`. Writes a list, for each rule `{"keys": [EVENT_KEY, ...]}` or `{"error": TEXT}`.
"""

import json
import re
import sqlite3
import sys

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.processing.conditions import LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldMappingTransformation, SetStateTransformation


def pipeline(sources):
    """Renames the fields of each log source to our columns, and names the view that holds its rows."""
    items = []
    for number, source in enumerate(sources):
        for change in (FieldMappingTransformation(source["columns"]), SetStateTransformation("table", f"source{number}")):
            applies = LogsourceCondition(category=source["category"], service=source["service"])
            items.append(ProcessingItem(change, rule_conditions=[applies]))
    return ProcessingPipeline(items=items)


def found(expression, text):
    return None if text is None else re.search(expression, str(text)) is not None


def main():
    asked = json.load(sys.stdin)
    database = sqlite3.connect(asked["database"])
    database.create_function("REGEXP", 2, found, deterministic=True)
    for number, source in enumerate(asked["sources"]):
        database.execute(f"CREATE TEMPORARY VIEW source{number} AS {source['rows']}")
    # Letters in either case, as Sigma has it, and values without a field anywhere in the record's text.
    backend = sqliteBackend(pipeline(asked["sources"]), collate_nocase=True, fulltext_field="text")
    answers = []
    for rule in asked["rules"]:
        try:
            with open(rule, encoding="utf-8") as text:
                statements = backend.convert(SigmaCollection.from_yaml(text.read()))
            keys = {row[0] for s in statements for row in database.execute(f"SELECT event_key FROM ({s})")}
            answers.append({"keys": sorted(keys), "statements": statements})
        except Exception as error:  # Whatever it is, the test shows it.
            answers.append({"error": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


main()
