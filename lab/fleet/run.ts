/** `bulkhead lab fleet`: simulated edges in one or more processes, against a manager. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Fault } from '#core/errors.ts'
import { nodeFlags } from '#edge/node-flags.ts'
import type { FromChild, ToChild } from './child.ts'
import { conduct, type FleetFigures, merged, type Programme } from './conduct.ts'
import type { FleetOptions } from './fleet.ts'

export interface RunOptions extends Programme {
  readonly fleet: FleetOptions
  readonly processes: number
  readonly stopped: AbortSignal
  readonly say: (text: string) => void
}

/** The same trouble many times is told once, with how often it was since. */
const teller = (say: (text: string) => void): ((what: string) => void) => {
  const seen = new Map<string, number>()
  return (what) => {
    const times = (seen.get(what) ?? 0) + 1
    seen.set(what, times)
    if (seen.size < 50 && Number.isInteger(Math.log10(times))) say(times === 1 ? what : `${what} (${times} times)`)
  }
}

const inProcesses = async (options: RunOptions): Promise<FleetFigures> => {
  const { fleet, processes, stopped, say } = options
  const trouble = teller(say)
  const { rate, seconds, storm, offline } = options
  const share = {
    rate: rate / processes,
    storm,
    ...(seconds === undefined ? {} : { seconds }),
    ...(offline === undefined ? {} : { offline }),
  }
  const arrived = new Map<string, number>()
  const children: ChildProcess[] = []
  const send = (child: ChildProcess, message: ToChild): void => void (child.connected && child.send(message))
  const toAll = (message: ToChild): void => children.forEach((child) => send(child, message))
  const ends = Array.from({ length: processes }, (_, part) => {
    const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [], {
      execArgv: ['--disable-warning=ExperimentalWarning', ...nodeFlags],
    })
    children.push(child)
    const members = fleet.members.filter((_member, index) => index % processes === part)
    send(child, { do: share, fleet: { ...fleet, members } })
    return new Promise<FleetFigures>((resolve, reject) => {
      child.on('exit', (code, signal) =>
        reject(new Fault('internal', `A process of the fleet ended: ${signal ?? code}.`)),
      )
      child.on('message', (message: FromChild) => {
        if ('trouble' in message) trouble(message.trouble)
        else if ('figures' in message) resolve(message.figures)
        else {
          const count = (arrived.get(message.at) ?? 0) + 1
          arrived.set(message.at, count)
          if (count === processes) toAll({ go: message.at })
        }
      })
    })
  })
  stopped.addEventListener('abort', () => toAll({ stop: true }))
  try {
    return merged(await Promise.all(ends))
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

export const runFleet = (options: RunOptions): Promise<FleetFigures> =>
  options.processes > 1
    ? inProcesses(options)
    : conduct({ ...options.fleet, onTrouble: teller(options.say) }, options, () => Promise.resolve(), options.stopped)
