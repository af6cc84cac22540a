// SPDX-License-Identifier: BSD-2-Clause
// Parquet by other people's readers: DuckDB's SQL, and hyparquet against lines of ndjson.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { DuckDBInstance } from '@duckdb/node-api'
import { asyncBufferFromFile, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

export const database = await (await DuckDBInstance.create(':memory:')).connect()
export const rows = async sql => (await database.runAndReadAll(sql)).getRowsJson()
export let failures = 0

export function expect(what, got, wanted) {
  if (String(got) === String(wanted)) return
  console.log(`${what}: ${got}, not ${wanted}`)
  failures++
}

// No row of one that the other has not, as often; the first that are too many are shown.
export async function expectSame(what, a, b) {
  for (const [one, other] of [[a, b], [b, a]]) {
    const left = `(SELECT * FROM ${one} EXCEPT ALL SELECT * FROM ${other})`
    const [[n]] = await rows(`SELECT count(*) FROM ${left}`)
    expect(`${what}: rows of ${one} that ${other} has not`, n, 0)
    if (String(n) !== '0') console.log(JSON.stringify(await rows(`SELECT * FROM ${left} LIMIT 2`)))
  }
}

// The writer leaves out both extremes of a row group where one is longer.
const STATISTIC_MAX = 64
const isLong = value => typeof value === 'string' && Buffer.byteLength(value) > STATISTIC_MAX

// min, max and null_count of the footer against the values, of columns that are no BLOBs.
export async function compareStatistics(file, columns) {
  for (const { name, type } of columns) {
    const meta = `FROM parquet_metadata('${file}') WHERE path_in_schema = '${name}'`
    const cast = type === 'VARCHAR' ? '' : `::${type}`
    const [[low, high, nulls]] = await rows(`SELECT min(stats_min_value${cast}),
      max(stats_max_value${cast}), coalesce(sum(stats_null_count), 0)::BIGINT ${meta}`)
    const [[min, max, missing]] = await rows(`SELECT min("${name}"), max("${name}"),
      count(*) - count("${name}") FROM '${file}'`)
    expect(`${file}.${name}: nulls`, nulls, missing)
    const left = isLong(min) || isLong(max)
    expect(`${file}.${name}: minimum`, low, left ? null : min)
    expect(`${file}.${name}: maximum`, high, left ? null : max)
  }
}

function hyparquetValue(value, type) {
  if (value === null || value === undefined) return undefined
  if (type === 'BLOB') return Buffer.from(value).toString('hex')
  return String(value)
}

// hyparquet's rows, row group by row group, against the lines; asText turns a line's value
// into what the reader gives.
export async function compareHyparquet(what, path, lines, columns, metadata, asText = String) {
  const file = await asyncBufferFromFile(path)
  const next = createInterface({ input: createReadStream(lines) })[Symbol.asyncIterator]()
  const parsers = { timestampFromMicroseconds: v => v, stringFromBytes: b => b && Buffer.from(b).toString() }
  let start = 0
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows)
    let table
    await parquetRead({ file, metadata, compressors, parsers, utf8: false, rowFormat: 'object',
      columns: columns.map(c => c.name), rowStart: start, rowEnd: end, onComplete: d => { table = d } })
    for (const row of table) {
      const line = JSON.parse((await next.next()).value.replace(/:(-?\d{15,})/g, ':"$1"'))
      for (const { name, type } of columns) {
        const got = hyparquetValue(row[name], type)
        const want = line[name] === undefined ? undefined : asText(line[name], type)
        if (got !== want) expect(`${what}: hyparquet row ${start} ${name}`, got, want)
      }
      if (failures > 20) return
      start++
    }
  }
  expect(`${what}: hyparquet's rows`, start, metadata.num_rows)
  expect(`${what}: a line too many`, (await next.next()).done, true)
}
