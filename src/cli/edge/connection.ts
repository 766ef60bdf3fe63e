import { readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { codeOf, Fault } from '#core/errors.ts'
import { type BodyOf, callEdge } from '#edge/control/client.ts'
import type { Answers } from '#edge/operations.ts'
import type { Operation } from '#schema/control.ts'

export const runFolder = '/run/bulkhead'
export const socketFor = (edge: string, folder = runFolder): string => join(folder, `${edge}.sock`)

export interface Target {
  readonly edge?: string
  readonly socket?: string
}
type Environment = Readonly<Record<string, string | undefined>>

/** Adds the options that say which edge is meant. */
export const withTarget = (command: Command): Command =>
  command
    .option('--edge <name>', 'which edge of this machine, when there are several')
    .option('--socket <path>', 'its control socket (environment: BULKHEAD_SOCKET)')

const socketsIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.sock'))
  } catch (error) {
    if (codeOf(error) === 'EACCES')
      throw new Fault('privileges-missing', `You may not look for edges in ${folder}.`, {
        advice: 'Run the command as root, or name the socket with --socket.',
        cause: error,
      })
    return []
  }
}

/**
 * The socket that is meant: --socket, --edge, BULKHEAD_SOCKET, or the only one there.
 * @throws Fault `edge-unreachable` when there is none, `usage` when there are several
 */
export const socketOf = (target: Target, environment: Environment = process.env, folder = runFolder): string => {
  if (target.socket !== undefined) return target.socket
  if (target.edge !== undefined) return socketFor(target.edge, folder)
  const named = environment['BULKHEAD_SOCKET']
  if (named !== undefined && named !== '') return named
  const found = socketsIn(folder).toSorted()
  if (found.length === 1) return join(folder, found[0]!)
  if (found.length === 0) throw new Fault('edge-unreachable', `No edge runs here: there is no socket in ${folder}.`)
  throw new Fault('usage', 'Several edges run here.', {
    details: found.map((name) => name.replace(/\.sock$/, '')),
    advice: 'Say which one with --edge.',
  })
}

/** The socket of an edge that is named as a source: nothing for the only one of this machine, its name, or a path. */
export const socketNamed = (name: string): string =>
  name === '' ? socketOf({}) : name.includes('/') ? name : socketFor(name)

/** Who gives an order, as far as this process knows; the edge believes it only of root. */
export const who = (environment: Environment = process.env): string => {
  const sudo = environment['SUDO_USER']
  if (sudo !== undefined && sudo !== '') return sudo
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

/** Asks the edge that the command's options mean. */
export const ask = <O extends Operation>(
  command: Command,
  operation: O,
  body: BodyOf<O>,
  options: { readonly timeoutMs?: number } = {},
): Promise<Answers[O]> => callEdge(socketOf(command.opts<Target>()), operation, body, options)
