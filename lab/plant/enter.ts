/** Starts the plant in namespaces of its own, as root or not, and ends it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Fault } from '#core/errors.ts'
import { nodeFlags } from '#edge/node-flags.ts'
import type { ManagerState, Message } from '../messages.ts'

const inside = fileURLToPath(new URL('./inside.ts', import.meta.url))
const isolate = fileURLToPath(new URL('../../scripts/isolate.sh', import.meta.url))

export interface Entered {
  /** Process in the namespaces, as seen from here; it is their first. */
  readonly pid: () => number | undefined
  /** Tells the plant's process. */
  readonly send: (state: ManagerState) => void
  /** Ends everything in the plant and waits until it is gone. */
  readonly end: () => Promise<void>
  /** Settles when the plant has ended, with what it complained about outside of its messages. */
  readonly ended: Promise<string>
}

/** What comes over the channel is what inside.ts sends, both from one build. */
const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null && 'type' in value

/** The plant's first process is the only child of `unshare`, which our child has become. */
const childOf = (parent: number): number | undefined =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        return new RegExp(`^PPid:\\s+${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'))
      } catch {
        return false
      }
    })

export const enterPlant = (speed: number, onMessage: (message: Message) => void): Entered => {
  const rootless = process.getuid?.() !== 0
  const child: ChildProcess = spawn('sh', [isolate, process.execPath, ...nodeFlags, inside, String(speed)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Of its own, so that Ctrl-C reaches the one who ends the plant and not its machines.
    detached: true,
    env: { ...process.env, ...(rootless ? { BULKHEAD_LAB_ROOTLESS: '1' } : {}) },
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  child.on('message', (message) => {
    if (isMessage(message)) onMessage(message)
  })
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', () => reject(new Fault('library-missing', 'The command `sh` cannot be started.')))
    // Not `close`: it never comes after a channel was disconnected from this side.
    child.on('exit', () => {
      if (child.stderr?.closed === false) child.stderr.on('close', () => resolve(said.trim()))
      else resolve(said.trim())
    })
  })
  return {
    send: (state) => {
      if (child.connected) child.send(state)
    },
    pid: () => (child.pid === undefined ? undefined : childOf(child.pid)),
    end: async () => {
      if (child.connected) child.disconnect()
      const late = setTimeout(() => child.kill('SIGKILL'), 3000)
      await ended.catch(() => '')
      clearTimeout(late)
    },
    ended,
  }
}
