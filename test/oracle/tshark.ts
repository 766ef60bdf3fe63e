/** What tshark reads in a capture: one run, one row for each frame that the filter lets through. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Oracle, Row } from './oracle.ts'

// Control characters, which tshark writes escaped wherever a packet has them.
const betweenFields = '\u001e'
const betweenValues = '\u001f'

/** Why tshark cannot be asked, or undefined when it can. */
export const withoutTshark = (): string | undefined =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'tshark')))
    ? undefined
    : 'tshark is not installed (sh scripts/setup.sh test)'

/** By default tshark looks into no segment that it takes for one of these, even where some of its bytes are new. */
const undissected = ['tcp.analysis.retransmission', 'tcp.analysis.out_of_order']

export interface Answer {
  /** By frame number. */
  readonly rows: ReadonlyMap<number, Row>
  /** Frames that tshark did not look into. */
  readonly unread: ReadonlySet<number>
}

const run = async (words: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    // A profile of whoever runs this would change what is dissected.
    const env = { ...process.env, WIRESHARK_CONFIG_DIR: '/nonexistent' }
    execFile('tshark', words, { encoding: 'utf8', maxBuffer: 2 ** 30, env }, (error, stdout, stderr) => {
      // A capture that is cut short ends with an error, after everything that is there.
      if (error === null || /cut short/.test(stderr)) resolve(stdout)
      else reject(new Error(`tshark: ${stderr.trim()}`, { cause: error }))
    })
  })

/** Throws when tshark does not know a field or the filter. */
export const askTshark = async (file: string, oracle: Oracle): Promise<Answer> => {
  const fields = ['frame.number', ...undissected, ...oracle.fields]
  const output = ['-E', 'occurrence=a', '-E', `separator=${betweenFields}`, '-E', `aggregator=${betweenValues}`]
  const stdout = await run(
    ['-n', '-r', file, '-Y', [`(${oracle.filter})`, ...undissected].join(' || '), '-T', 'fields'].concat(
      output,
      (oracle.decodeAs ?? []).flatMap((rule) => ['-d', rule]),
      fields.flatMap((field) => ['-e', field]),
    ),
  )
  const rows = new Map<number, Row>()
  const unread = new Set<number>()
  for (const line of stdout.split('\n')) {
    if (line === '') continue
    const cells = line.split(betweenFields)
    const row: Record<string, readonly string[]> = {}
    for (const [index, field] of fields.entries()) {
      const cell = cells[index] ?? ''
      row[field] = cell === '' ? [] : cell.split(betweenValues)
    }
    const number = Number(cells[0])
    if (undissected.some((field) => row[field]?.length !== 0)) unread.add(number)
    else rows.set(number, row)
  }
  return { rows, unread }
}
