"""duckdb_answers.py DATASET FOLDER QUERY.sql...: what DuckDB answers, of a dataset that `tracee replay --to parquet` made.

Leaves FOLDER/QUERY.json with a JSON object a row, or FOLDER/QUERY.error.
"""

import json
import pathlib
import sys

import duckdb

from plain import plain


def main():
    dataset, folder, *queries = map(pathlib.Path, sys.argv[1:])
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    # Files are found from the dataset's own folder.
    connection.execute("SET file_search_path = '{}'".format(str(dataset).replace("'", "''")))
    connection.execute((dataset / "views" / "duckdb.sql").read_text())
    for query in queries:
        out = folder / query.stem
        try:
            answer = connection.execute(query.read_text())
            names = [column[0] for column in answer.description]
            rows = [dict(zip(names, map(plain, row))) for row in answer.fetchall()]
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            out.with_suffix(".json").write_text(lines)
        except duckdb.Error as error:
            out.with_suffix(".error").write_text(str(error))


main()
