// SPDX-License-Identifier: BSD-2-Clause
// real_parquet.mjs COLUMNS.DEF N: the archive `case` against case.ndjson and case.csv, and
// 1.parquet to N.parquet against their lines.
import { readFileSync } from 'node:fs'
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet'
import { compareHyparquet, compareStatistics, database, expect, expectSame, failures, rows } from './readers.mjs'

const [definitions, count] = process.argv.slice(2)
const types = { TIME: 'TIMESTAMP WITH TIME ZONE', INT32: 'INTEGER', INT64: 'BIGINT', ADDRESS: 'VARCHAR',
  MAC: 'VARCHAR', TEXT: 'VARCHAR', OCTETS: 'BLOB' }
const columns = [...readFileSync(definitions, 'utf8').matchAll(/^COLUMN\(\w+, (\w+), (\w+)\)/gm)]
  .map(([, name, type]) => ({ name, type: types[type] }))

// The text forms, with every column's type said; octets are hex in them.
const typed = `{${columns.map(c => `"${c.name}": '${c.type === 'BLOB' ? 'VARCHAR' : c.type}'`).join(', ')}}`
const decoded = columns.map(c => c.type === 'BLOB' ? `unhex("${c.name}") AS "${c.name}"` : `"${c.name}"`).join(', ')

async function compareTexts(what, parquet, stem) {
  await database.run(`CREATE OR REPLACE TEMP TABLE parquet AS SELECT * FROM '${parquet}'`)
  await database.run(`CREATE OR REPLACE TEMP TABLE ndjson AS SELECT ${decoded} FROM
    read_ndjson('${stem}.ndjson', columns = ${typed})`)
  await database.run(`CREATE OR REPLACE TEMP TABLE csv AS SELECT ${decoded} FROM
    read_csv('${stem}.csv', header = true, delim = ',', auto_detect = false, columns = ${typed})`)
  await expectSame(what, 'parquet', 'ndjson')
  await expectSame(what, 'parquet', 'csv')
}

async function checkSchema(parquet) {
  const got = await rows(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${parquet}')`)
  expect(`${parquet}: columns`, got.map(r => r.join(' ')), columns.map(c => `${c.name} ${c.type}`))
}

// Which elements feed a column stands in the file; nothing of the run does.
async function checkMetadata(parquet) {
  const got = await rows(`SELECT DISTINCT decode(key), decode(value) FROM parquet_kv_metadata('${parquet}') ORDER BY 1`)
  expect('keys of all files', got.map(r => r[0]), ['nfseal.build', 'nfseal.elements'])
  const fed = JSON.parse(got[1][1])
  expect('src_ip is fed by', JSON.stringify(fed.src_ip), '[[0,8],[0,27]]')
  expect('rev_bytes is fed by', JSON.stringify(fed.rev_bytes[0]), '[29305,1]')
}

// A line's value as hyparquet gives it: times as microseconds.
function asText(value, type) {
  if (typeof value === 'object') return JSON.stringify(value) // `other` is an object in a line
  if (!type.startsWith('TIME')) return String(value)
  const [, seconds, micros] = value.match(/^(.*)\.(\d{6})Z$/)
  return String(BigInt(Date.parse(seconds + 'Z')) * 1000n + BigInt(micros))
}

async function compareOne(n) {
  const parquet = `${n}.parquet`
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(parquet))
  await compareStatistics(parquet, columns.filter(c => c.type !== 'BLOB'))
  await compareHyparquet(parquet, parquet, `${n}.ndjson`, columns, metadata, asText)
  return metadata.num_rows
}

const all = 'case/**/*.flows.parquet'
await checkSchema(all)
await checkMetadata(all)
await compareTexts('the archive', all, 'case')
let flows = 0n
for (let n = 1; n <= Number(count); n++) flows += await compareOne(n)
const [[files]] = await rows(`SELECT count(DISTINCT file_name) FROM parquet_file_metadata('${all}')`)
const [[sum, least, most]] = await rows(`SELECT count(*), min(flow_start)::VARCHAR, max(flow_end)::VARCHAR FROM '${all}'`)
console.log(`${sum} flows of ${files} segments, ${least} to ${most}; ${flows} in ${count} files of their own`)
process.exit(failures === 0 ? 0 : 1)
