/** How a command reaches a manager: its socket on this machine, or TLS and an API token from another one. */
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import type { Ask, ManagerPlace } from '#manager/client.ts'
import { textIn } from '../failure.ts'
import { certificateIn } from './pem.ts'
import { type StateOption, stateOf, withState } from './state.ts'

export interface ReachOptions extends StateOption {
  readonly manager?: string | undefined
  readonly ca?: string | undefined
  readonly tokenFile?: string | undefined
}

/** Asks one manager. @throws Fault of the manager, or `manager-unreachable` */
export type Asker = <T>(ask: Ask<T>) => Promise<T>

export const withManager = (command: Command): Command =>
  withState(command)
    .option('--manager <url>', 'https://HOST:PORT of a manager on another machine (or BULKHEAD_MANAGER)')
    .option('--ca <file>', 'authority of its certificate, PEM (or BULKHEAD_CA)')
    .option('--token-file <file>', 'API token in the first line of a file (or BULKHEAD_TOKEN_FILE)')

const urlOf = (text: string): URL => {
  const url = URL.parse(text)
  const plain = url !== null && url.protocol === 'https:' && url.username === '' && ['', '/'].includes(url.pathname)
  if (!plain || url.search !== '' || url.hash !== '')
    throw new Fault('usage', `${text} is no address of a manager such as https://manager.example:8443.`, {
      advice: 'Write https://, its host and port, and nothing behind them.',
    })
  return url
}

const tokenFrom = (file: string): string => {
  const token = textIn(file).split('\n', 1)[0]!.trim()
  if (!/^[\w-]{1,100}$/.test(token))
    throw new Fault('usage', `There is no API token in the first line of ${file}.`, {
      advice: 'Write the whole token there, as the manager printed it once.',
    })
  return token
}

/** Its socket, or TLS. @throws Fault `usage` */
export const placeOf = async (options: ReachOptions): Promise<ManagerPlace> => {
  const { env } = process
  const manager = options.manager ?? env['BULKHEAD_MANAGER']
  if (manager === undefined || manager === '') {
    const { socketOf } = await import('#manager/socket.ts')
    return socketOf(stateOf(options))
  }
  const url = urlOf(manager)
  const tokenFile = options.tokenFile ?? env['BULKHEAD_TOKEN_FILE']
  if (tokenFile === undefined || tokenFile === '')
    throw new Fault('usage', 'A manager on another machine wants an API token.', {
      advice: 'Name its file with --token-file, or in BULKHEAD_TOKEN_FILE.',
    })
  const caFile = options.ca ?? env['BULKHEAD_CA']
  const ca = caFile === undefined || caFile === '' ? undefined : certificateIn('--ca', caFile)
  return { url, ca, token: tokenFrom(tokenFile) }
}

export const asker = async (options: ReachOptions): Promise<Asker> => {
  const { askManager } = await import('#manager/client.ts')
  const place = await placeOf(options)
  return (ask) => askManager(place, ask)
}
