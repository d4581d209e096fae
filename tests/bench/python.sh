# Owns the Python that runs DuckDB: a virtual environment below target/, with the version that the tests name. Sets `python`.
# Never a benchmark.

prepare_python() {
  local folder=target/bench/python
  python=$folder/bin/python
  [ -x "$python" ] || python3 -m venv "$folder"
  grep '^duckdb==' tests/requirements.txt | "$python" -m pip install --quiet --disable-pip-version-check --requirement /dev/stdin
}
