// SPDX-License-Identifier: BSD-2-Clause
// Reads KIND.parquet with DuckDB and hyparquet and compares with KIND.ndjson; lets DuckDB
// write copies (KIND.v1.parquet, KIND.v2.parquet) and files that we must refuse.
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet'
import { compareHyparquet, compareStatistics, database, expect, expectSame, failures, rows } from './readers.mjs'

const types = { TIMESTAMP_MICROS: 'TIME', UTF8: 'VARCHAR' }
function typeOf(element) {
  if (element.converted_type) return types[element.converted_type]
  return { INT32: 'INTEGER', INT64: 'BIGINT', BYTE_ARRAY: 'BLOB' }[element.type]
}

// The columns as the ndjson has them: times as numbers, octets as hex.
function select(columns) {
  return columns.map(({ name, type }) =>
    type === 'TIME' ? `epoch_us("${name}") AS "${name}"` :
      type === 'BLOB' ? `lower(hex("${name}")) AS "${name}"` : `"${name}"`).join(', ')
}

async function compareDuckDB(kind, columns) {
  const json = columns.map(({ name, type }) =>
    `"${name}": '${{ TIME: 'BIGINT', BLOB: 'VARCHAR' }[type] ?? type}'`).join(', ')
  await database.run(`CREATE OR REPLACE TEMP TABLE p AS SELECT ${select(columns)} FROM '${kind}.parquet'`)
  await database.run(`CREATE OR REPLACE TEMP TABLE j AS SELECT * FROM
    read_json('${kind}.ndjson', format = 'newline_delimited', columns = {${json}})`)
  await expectSame(kind, 'p', 'j')
  const [[lines]] = await rows('SELECT count(*) FROM j')
  const [[count]] = await rows(`SELECT count(*) FROM '${kind}.parquet'`)
  expect(`${kind}: DuckDB's rows`, count, lines)
}

for (const kind of process.argv.slice(2)) {
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(`${kind}.parquet`))
  // Of the many rows, only the columns that have values, and one that has none.
  const columns = metadata.schema.slice(1).map(e => ({ name: e.name, type: typeOf(e) }))
    .filter(c => kind !== 'distinct' ||
      ['flow_start', 'src_ip', 'mpls_label', 'bytes', 'app_name', 'other'].includes(c.name))
  await compareDuckDB(kind, columns)
  if (kind !== 'distinct')
    await compareStatistics(`${kind}.parquet`, columns.filter(c => c.type !== 'BLOB' && c.type !== 'TIME'))
  await compareHyparquet(kind, `${kind}.parquet`, `${kind}.ndjson`, columns, metadata)
  for (const version of ['v1', 'v2'])
    await database.run(`COPY (SELECT ${columns.map(c => `"${c.name}"`).join(', ')} FROM '${kind}.parquet') TO '${kind}.${version}.parquet'
      (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION ${version})`)
  console.log(`${kind}: ${metadata.num_rows} rows in ${metadata.row_groups.length} row groups`)
}

const refused = {
  snappy: ["SELECT 1::BIGINT AS bytes", 'snappy'],
  float: ["SELECT 1.5::DOUBLE AS bytes", 'zstd'],
  nanos: ["SELECT now()::TIMESTAMP_NS AS flow_start", 'zstd'],
  address: ["SELECT 'localhost' AS src_ip", 'zstd']
}
for (const [name, [query, codec]] of Object.entries(refused))
  await database.run(`COPY (${query}) TO '${name}.parquet' (FORMAT parquet, COMPRESSION ${codec})`)
process.exit(failures === 0 ? 0 : 1)
