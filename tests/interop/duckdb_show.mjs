// SPDX-License-Identifier: BSD-2-Clause
// `show case` against SQL over the archive's segments.
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { database, expect, expectSame, failures, rows } from './readers.mjs'

const archive = "'case/**/*.flows.parquet'"
const schema = await rows(`DESCRIBE SELECT * FROM ${archive}`)
const names = schema.map(r => `"${r[0]}"`).filter(n => n !== '"app_id"').join(', ')
const typed = `{${schema.map(r => `"${r[0]}": '${r[1] === 'BLOB' ? 'VARCHAR' : r[1]}'`).join(', ')}}`

function show(file, input, ...options) {
  writeFileSync(file, execFileSync(process.env.NFSEAL, ['show', '-q', input, ...options],
    { maxBuffer: 1 << 28 }))
}

async function compareFlows(what, options, where, input = 'case') {
  show('shown.ndjson', input, '-o', 'ndjson', ...options)
  await database.run(`CREATE OR REPLACE TEMP TABLE shown AS SELECT ${names} FROM
    read_ndjson('shown.ndjson', columns = ${typed})`)
  await database.run(`CREATE OR REPLACE TEMP TABLE wanted AS SELECT ${names} FROM ${archive} WHERE ${where}`)
  await expectSame(what, 'shown', 'wanted')
  const [[n]] = await rows('SELECT count(*) FROM wanted')
  expect(`${what}: has flows`, n > 0, true)
}

const filters = [
  ['tcp', 'protocol = 6'],
  ['src net 10.0.0.0/8', "src_ip LIKE '10.%'"],
  ['not net 10.20.0.0 255.255.0.0', "NOT (src_ip LIKE '10.20.%' OR dst_ip LIKE '10.20.%')"],
  ['port != 53', 'src_port <> 53 AND dst_port <> 53'],
  ['not port 53', 'coalesce(NOT (src_port = 53 OR dst_port = 53), true)'],
  ['src port 1024-65535 and dst port < 1024', 'src_port >= 1024 AND dst_port < 1024'],
  ['bytes > 1k and bytes <= 4Ki', 'bytes > 1000 AND bytes <= 4096'],
  ['total bytes > 100k', 'bytes + coalesce(rev_bytes, 0) > 100000'],
  ['tcp and initial flags S/SA and rev_packets = 0', 'protocol = 6 AND initial_tcp_flags & 18 = 2 AND rev_packets = 0'],
  ['duration > 1500', 'epoch_us(flow_end) - epoch_us(flow_start) > 1500000'],
  ['not vlan 7', 'coalesce(vlan <> 7, true)'],
  ['has vlan and ipv6 or icmp', '(vlan IS NOT NULL AND ip_version = 6) OR protocol = 1'],
  ['flags SF/SF', 'tcp_flags & 3 = 3'],
  ['flags = S or out flags RA', 'tcp_flags = 2 OR rev_tcp_flags & 20 = 20'],
  ['end reason in [idle, forced]', 'end_reason IN (1, 4)'],
  ['proto in [1, 58] or proto udp', 'protocol IN (1, 58, 17)'],
  ['bpp < 60 and packets >= 3', 'packets >= 3 AND bytes // packets < 60'],
  ['pps > 10', `epoch_us(flow_end) > epoch_us(flow_start) AND
    packets * 1000000 // (epoch_us(flow_end) - epoch_us(flow_start)) > 10`],
  ['ttl_min < 60 || ttl-max > 64', 'ttl_min < 60 OR ttl_max > 64'],
  ['tcp dst port 443 or (udp port 53 and not src host 10.20.0.1)',
    "(protocol = 6 AND dst_port = 443) OR (protocol = 17 AND (src_port = 53 OR dst_port = 53) AND src_ip <> '10.20.0.1')"]
]
for (const [filter, where] of filters) await compareFlows(filter, [filter], where)

// Windows: any moment of the flow counts.
const within = (from, to) => `flow_end >= '${from}' AND flow_start < '${to}'`
const day = '2025-11-23'
for (const [span, where] of [
  ['2025/11/23.08:05', within(`${day} 08:05:00Z`, `${day} 08:06:00Z`)],
  ['2025/11/23.08:05:10-2025/11/23.08:05:19', within(`${day} 08:05:10Z`, `${day} 08:05:20Z`)],
  [`${day}T09:05:10.25+01:00..${day}T08:07:00Z`, within(`${day} 08:05:10.25Z`, `${day} 08:07:00Z`)]
]) await compareFlows(span, ['-t', span], where)

// Rankings: what came back is sent by the destination.
const both = column => `SELECT ${column} AS key, packets + coalesce(rev_packets, 0) AS packets,
  bytes + coalesce(rev_bytes, 0) AS bytes, flow_start, flow_end FROM ${archive}`
const sent = (there, back) => `SELECT ${there} AS key, packets, bytes, flow_start, flow_end
  FROM ${archive} WHERE packets > 0 UNION ALL SELECT ${back}, rev_packets, rev_bytes, flow_start, flow_end
  FROM ${archive} WHERE rev_packets > 0`
const either = name => `${both(`src_${name}`)} UNION ALL ${both(`dst_${name}`)} WHERE dst_${name} IS DISTINCT FROM src_${name}`
const rankings = [['proto', both('protocol')], ['dst_port', both('dst_port')], ['vlan', both('vlan')],
  ['port', either('port')], ['ip', either('ip')], ['mac', either('mac')],
  ['srcip', sent('src_ip', 'dst_ip')], ['dst_ip', sent('dst_ip', 'src_ip')]]
for (const [statistic, source] of rankings) {
  for (const order of ['flows', 'packets', 'bytes']) {
    show('shown.csv', 'case', '-o', 'csv', '-n', '0', '-s', `${statistic}/${order}`)
    await database.run(`CREATE OR REPLACE TEMP TABLE shown AS SELECT * FROM read_csv('shown.csv', header = true,
      auto_detect = false, delim = ',', columns = {key: 'VARCHAR', flows: 'BIGINT', packets: 'BIGINT',
      bytes: 'BIGINT', first: 'TIMESTAMPTZ', last: 'TIMESTAMPTZ'})`)
    await database.run(`CREATE OR REPLACE TEMP TABLE wanted AS SELECT key::VARCHAR, count(*), sum(packets)::BIGINT,
      sum(bytes)::BIGINT, min(flow_start), max(flow_end) FROM (${source}) WHERE key IS NOT NULL GROUP BY 1`)
    await expectSame(`-s ${statistic}/${order}`, 'shown', 'wanted')
    const [[falls]] = await rows(`SELECT count(*) FROM (SELECT ${order} AS now,
      lag(${order}) OVER (ORDER BY rowid) AS before FROM shown) WHERE now > before`)
    expect(`-s ${statistic}/${order}: places out of order`, falls, 0)
  }
}
// What DuckDB writes by itself is refused by the feature's name, and not as if it were a success.
await database.run(`COPY (SELECT * FROM ${archive}) TO 'snappy.parquet' (FORMAT parquet)`)
const refused = spawnSync(process.env.NFSEAL, ['show', '-q', 'snappy.parquet', '-o', 'ndjson'], { encoding: 'utf8' })
expect('show of a file with snappy pages', refused.status, 5)
expect('its message names the codec', /snappy\.parquet: .*SNAPPY/.test(refused.stderr), true)
expect('it prints no flows', refused.stdout, '')
await database.run(`COPY (SELECT * FROM ${archive} ORDER BY bytes) TO 'zstd.parquet' (FORMAT parquet, COMPRESSION zstd)`)
await compareFlows('a copy with zstd pages', ['tcp'], 'protocol = 6', 'zstd.parquet')

console.log(`${filters.length} filters, 3 windows, ${3 * rankings.length} rankings`)
process.exit(failures === 0 ? 0 : 1)
