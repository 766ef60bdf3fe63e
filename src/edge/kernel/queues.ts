/**
 * The rules that send marked packets to the inspectors. They are apart from the generations, so that a queue can be taken away at once
 * when its inspector hangs, by whoever notices. Two drivers: nft's own `queue`, or the NFQUEUE target where nft has none.
 */
import { spawnSync } from 'node:child_process'
import { Fault } from '#core/errors.ts'
import { Nft, describeNftError } from '#linux/nftables.ts'
import type { QueueDriver } from '#linux/capabilities.ts'
import { marks } from '#policy/nft/inspection.ts'

/** Queues of one kind: `count` numbers from `first` on, between which conversations are shared out. */
export interface Queues {
  readonly role: 'open' | 'closed'
  readonly first: number
  readonly count: number
}

const table = 'bulkhead_queue'
/** Behind what marks, before the audit. */
const priority = 50
const wanted = marks.inspect | marks.full | marks.judged
const hex = (mark: number) => `0x${mark.toString(16)}`
const markOf = ({ role }: Queues) => (role === 'open' ? marks.inspect : marks.inspect | marks.full)
/** Mark of heartbeats for a queue. */
export const beatMark = (queue: number): number => 0x0b00_0000 + queue

/** Before connection tracking: a heartbeat must not need a place in its table. */
const rawPriority = -300

/** Text for nft; without heartbeats the table goes away. @param driver what queues: the other driver has only heartbeats here */
const nftText = (queues: readonly Queues[], beats: readonly number[], driver: Exclude<QueueDriver, 'none'>): string => {
  const range = ({ first, count }: Queues) => (count === 1 ? String(first) : `${first}-${first + count - 1}`)
  return [
    `add table inet ${table}`,
    `delete table inet ${table}`,
    ...(beats.length === 0
      ? []
      : [
          `table inet ${table} {`,
          `  chain beat_untracked { type filter hook output priority ${rawPriority};`,
          `    oifname "lo" meta mark { ${beats.map((queue) => hex(beatMark(queue))).join(', ')} } notrack`,
          '  }',
          '}',
        ]),
    ...(beats.length === 0 || driver !== 'nft'
      ? []
      : [
          `table inet ${table} {`,
          `  chain forward { type filter hook forward priority ${priority};`,
          ...queues.map(
            (one) => `    meta mark & ${hex(wanted)} == ${hex(markOf(one))} queue flags bypass to ${range(one)}`,
          ),
          '  }',
          `  chain beat { type filter hook output priority ${priority};`,
          ...beats.map((queue) => `    oifname "lo" meta mark ${hex(beatMark(queue))} queue to ${queue}`),
          '  }',
          '}',
        ]),
    '',
  ].join('\n')
}

/** Text for iptables-restore, without touching anybody else's rules. */
const iptablesText = (queues: readonly Queues[], beats: readonly number[], family: 4 | 6): string => {
  const range = ({ first, count }: Queues) =>
    count === 1 ? `--queue-num ${first}` : `--queue-balance ${first}:${first + count - 1}`
  return [
    '*security',
    ':BULKHEAD_QUEUE - [0:0]',
    ':BULKHEAD_BEAT - [0:0]',
    ...queues.map(
      (one) =>
        `-A BULKHEAD_QUEUE -m mark --mark ${hex(markOf(one))}/${hex(wanted)} -j NFQUEUE ${range(one)} --queue-bypass`,
    ),
    ...(family === 6
      ? []
      : beats.map(
          (queue) => `-A BULKHEAD_BEAT -o lo -m mark --mark ${hex(beatMark(queue))} -j NFQUEUE --queue-num ${queue}`,
        )),
    'COMMIT',
    '',
  ].join('\n')
}

const run = (command: string, args: readonly string[], input = ''): { ok: boolean; said: string } => {
  const { status, stderr, error } = spawnSync(command, [...args], { input, encoding: 'utf8', timeout: 5000 })
  return { ok: status === 0, said: stderr || (error?.message ?? '') }
}

const hooks = [
  ['FORWARD', 'BULKHEAD_QUEUE'],
  ['OUTPUT', 'BULKHEAD_BEAT'],
] as const

/** Our chains are reached once, from the built-in ones. */
const linkChains = (command: string): void => {
  for (const [hook, chain] of hooks)
    if (!run(command, ['-t', 'security', '-C', hook, '-j', chain]).ok)
      run(command, ['-t', 'security', '-A', hook, '-j', chain])
}

/**
 * Sends marked packets to the given queues, and no others.
 * @throws Fault `kernel-rejected`
 */
export const setQueues = (
  driver: Exclude<QueueDriver, 'none'>,
  queues: readonly Queues[],
  beats: readonly number[],
): void => {
  const nft = Nft.open()
  try {
    const result = nft.run(nftText(queues, beats, driver))
    if (!result.ok)
      throw new Fault('kernel-rejected', `The kernel refused the queue: ${describeNftError(result.error)}`)
  } finally {
    nft.close()
  }
  if (driver === 'nft') return
  for (const [family, command] of [
    [4, 'iptables-nft'],
    [6, 'ip6tables-nft'],
  ] as const) {
    const result = run(`${command}-restore`, ['--noflush'], iptablesText(queues, beats, family))
    if (!result.ok) throw new Fault('kernel-rejected', `The kernel refused the queue: ${result.said.trim()}`)
    if (beats.length > 0) linkChains(command)
  }
}
