# Owns the Postgres that benchmarks fill: a server of its own on a free port in a temporary folder, removed at the end. Sets
# `postgres`. Never a benchmark.

start_postgres() {
  local port megabytes
  # The trap outlives this function, so what it needs is not local.
  bench_bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  [ -n "$bench_bin" ] || { echo "Postgres is missing: apt-get install postgresql" >&2; exit 1; }
  bench_folder=$(mktemp -d) bench_user=()
  # Postgres refuses to run as root: there it runs as the user that its package made.
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$bench_folder"
    bench_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
  fi
  stop_postgres() {
    "${bench_user[@]}" "$bench_bin/pg_ctl" -D "$bench_folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$bench_folder"
  }
  trap stop_postgres EXIT
  "${bench_user[@]}" "$bench_bin/initdb" -D "$bench_folder/data" -U tester -A trust --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null
  # A quarter of the memory, as Postgres's manual advises.
  megabytes=$(awk '/^MemTotal/ {print int($2 / 4096)}' /proc/meminfo)
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  "${bench_user[@]}" "$bench_bin/pg_ctl" -D "$bench_folder/data" -w -l "$bench_folder/log" -o "-p $port -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=$bench_folder -c shared_buffers=${megabytes}MB -c effective_cache_size=$((megabytes * 3))MB \
    -c max_wal_size=16GB -c checkpoint_timeout=30min -c wal_level=minimal -c max_wal_senders=0 -c random_page_cost=1.1 \
    -c synchronous_commit=off" start >/dev/null || { cat "$bench_folder/log"; exit 1; }
  postgres="postgres://tester@127.0.0.1:$port/postgres"
}
