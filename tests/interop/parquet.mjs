// SPDX-License-Identifier: BSD-2-Clause
// Reads KIND.parquet with DuckDB and hyparquet and compares with KIND.ndjson; lets DuckDB
// write copies (KIND.v1.parquet, KIND.v2.parquet) and files that we must refuse.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { DuckDBInstance } from '@duckdb/node-api'
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const database = await (await DuckDBInstance.create(':memory:')).connect()
const rows = async sql => (await database.runAndReadAll(sql)).getRowsJson()
let failures = 0

function expect(what, got, wanted) {
  if (String(got) === String(wanted)) return
  console.log(`${what}: ${got}, not ${wanted}`)
  failures++
}

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
  for (const [a, b] of [['p', 'j'], ['j', 'p']]) {
    const [[n]] = await rows(`SELECT count(*) FROM (SELECT * FROM ${a} EXCEPT ALL SELECT * FROM ${b})`)
    expect(`${kind}: rows of ${a} that ${b} has not`, n, 0)
  }
  const [[lines]] = await rows('SELECT count(*) FROM j')
  const [[count]] = await rows(`SELECT count(*) FROM '${kind}.parquet'`)
  expect(`${kind}: DuckDB's rows`, count, lines)
}

// min, max and null_count of the footer against the values.
async function compareStatistics(kind, columns) {
  for (const { name, type } of columns) {
    const [[low, high, nulls]] = await rows(`SELECT min(stats_min_value), max(stats_max_value),
      sum(stats_null_count)::BIGINT FROM parquet_metadata('${kind}.parquet') WHERE path_in_schema = '${name}'`)
    const [[all, there]] = await rows(`SELECT count(*), count("${name}") FROM '${kind}.parquet'`)
    expect(`${kind}.${name}: nulls`, nulls ?? 0, all - there)
    if (type === 'BLOB' || type === 'TIME') continue
    const number = type === 'VARCHAR' ? '' : '::' + type
    const [[low2, high2]] = await rows(`SELECT min(stats_min_value${number}), max(stats_max_value${number})
      FROM parquet_metadata('${kind}.parquet') WHERE path_in_schema = '${name}'`)
    const [[min, max]] = await rows(`SELECT min("${name}"), max("${name}") FROM '${kind}.parquet'`)
    expect(`${kind}.${name}: minimum`, low2, low === null ? null : min)
    expect(`${kind}.${name}: maximum`, high2, high === null ? null : max)
  }
}

function hyparquetValue(value, type) {
  if (value === null || value === undefined) return undefined
  if (type === 'BLOB') return Buffer.from(value).toString('hex')
  return String(value)
}

// hyparquet's rows, row group by row group, against the lines.
async function compareHyparquet(kind, columns, metadata) {
  const file = await asyncBufferFromFile(`${kind}.parquet`)
  const lines = createInterface({ input: createReadStream(`${kind}.ndjson`) })[Symbol.asyncIterator]()
  const parsers = { timestampFromMicroseconds: v => v, stringFromBytes: b => b && Buffer.from(b).toString() }
  let start = 0
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows)
    let table
    await parquetRead({ file, metadata, compressors, parsers, utf8: false, rowFormat: 'object',
      columns: columns.map(c => c.name), rowStart: start, rowEnd: end, onComplete: d => { table = d } })
    for (const row of table) {
      const line = JSON.parse((await lines.next()).value
        .replace(/:(-?\d{15,})/g, ':"$1"'))
      for (const { name, type } of columns) {
        const got = hyparquetValue(row[name], type)
        const want = line[name] === undefined ? undefined : String(line[name])
        if (got !== want) expect(`${kind}: hyparquet row ${start} ${name}`, got, want)
      }
      if (failures > 20) return
      start++
    }
  }
  expect(`${kind}: hyparquet's rows`, start, metadata.num_rows)
  expect(`${kind}: a line too many`, (await lines.next()).done, true)
}

for (const kind of process.argv.slice(2)) {
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(`${kind}.parquet`))
  // Of the many rows, only the columns that have values, and one that has none.
  const columns = metadata.schema.slice(1).map(e => ({ name: e.name, type: typeOf(e) }))
    .filter(c => kind !== 'distinct' ||
      ['flow_start', 'src_ip', 'mpls_label', 'bytes', 'app_name', 'other'].includes(c.name))
  await compareDuckDB(kind, columns)
  if (kind !== 'distinct') await compareStatistics(kind, columns)
  await compareHyparquet(kind, columns, metadata)
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
