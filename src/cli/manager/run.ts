import { hostname } from 'node:os'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import type { RunningManager } from '#manager/run.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { examples, outputOf } from '../command.ts'
import { endSignals, outliveReader } from '../output.ts'
import { certificateIn, keyIn } from './pem.ts'
import { type StateOption, stateOf, usualState, withState } from './state.ts'

interface RunOptions extends StateOption {
  readonly listen: string
  readonly link: string
  readonly host?: readonly string[]
  readonly cert?: string
  readonly key?: string
  readonly user?: string
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** `[::]:8443`, `0.0.0.0:8443` or `8443`. */
const listenOf = (text: string): { host: string; port: number } => {
  const [, bracketed, plain, port] = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/i.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535)
    throw new Fault('usage', `${text} is no address and port such as 0.0.0.0:8443.`, {
      advice: 'Write ADDRESS:PORT, [IPV6]:PORT or PORT alone.',
    })
  return { host: bracketed ?? plain ?? '0.0.0.0', port: Number(port) }
}

const certificateOf = ({ cert, key }: RunOptions): { cert: string; key: string } | undefined => {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new Fault('usage', '--cert and --key belong together.', { advice: 'Give both, or neither.' })
  return { cert: certificateIn('--cert', cert), key: keyIn('--key', key, cert) }
}

/** Where the other managers of the same database are told. A URL may hold a token, so it comes by the environment. */
const natsOf = (env: NodeJS.ProcessEnv) => {
  const url = env['NATS_URL']
  return url === undefined || url === '' ? undefined : { url, credentials: env['NATS_CREDENTIALS'], ca: env['NATS_CA'] }
}

const compactVariable = 'MALLOC_MMAP_THRESHOLD_'

/**
 * Node keeps a read buffer of 64 kB for every TLS connection, of which a link touches one page. glibc gives it pages of its own, which
 * cost only what is touched, when it is told so before a process begins: so this one begins again, as itself.
 */
const compact = (): void => {
  if (process.env[compactVariable] !== undefined || process.execve === undefined) return
  const env = { ...process.env, [compactVariable]: '8192' }
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], env)
}

/** Words that other commands need to find the same manager. */
const stateFlag = ({ state }: StateOption): string => (state === usualState ? '' : ` --state ${state}`)

const nextText = ({ setup, port, link }: RunningManager, flag: string): string =>
  [
    `The manager listens on port ${port}, for edges on port ${link.port ?? 'none'}. In another terminal, next:`,
    `  bulkhead edges add SITE EDGE${flag}`,
    ...(setup === undefined
      ? []
      : [
          'There is no administrator yet. For people who log in, within 30 minutes:',
          `  bulkhead manager setup --name NAME${flag}`,
          `It asks for this code, and for a password: ${setup.code}`,
        ]),
  ].join('\n')

export const registerRun = (manager: Command): void => {
  const run = withState(manager.command('run'))
    .description('run the manager in the foreground, by default with a PostgreSQL of its own')
    .option('--listen <address>', 'address and port of the API (TLS 1.3)', '0.0.0.0:8443')
    .option('--link <address>', 'address and port that edges dial (mutual TLS 1.3)', '0.0.0.0:8444')
    .option(
      '--host <name>',
      'name or address that it is dialled by, for its certificate; repeatable (default: the name of this machine)',
      collect,
    )
    .option('--cert <file>', 'certificate with its chain (PEM), instead of one of its own authority')
    .option('--key <file>', 'key of --cert (PEM)')
    .option('--user <name>', 'who it becomes when root starts it (default: bulkhead, else nobody)')
    .action(async (options: RunOptions, command: Command) => {
      const output = outputOf(command)
      compact()
      const listen = listenOf(options.listen)
      const link = listenOf(options.link)
      // Read while it may still be read: afterwards the manager is an unprivileged user.
      const certificate = certificateOf(options)
      const { settle } = await import('#manager/privileges.ts')
      const { startManager } = await import('#manager/run.ts')
      const state = stateOf(options)
      settle(state, options.user)
      // From here on: the database is a process of its own, and would outlive a manager that is ended while it starts.
      const told = new Promise<void>((resolve) => {
        for (const signal of endSignals) process.once(signal, () => resolve())
      })
      outliveReader()
      const running = await startManager({
        state,
        url: process.env['DATABASE_URL'],
        nats: natsOf(process.env),
        listen,
        link,
        hosts: options.host ?? [hostname(), 'localhost', '127.0.0.1'],
        ...(certificate === undefined ? {} : { certificate }),
        version: manifest.version,
        log: process.stderr,
      })
      const { setup, port } = running
      output.record(
        { listening: port, link: running.link.port, ...(setup === undefined ? {} : { setup: setup.code }) },
        () => nextText(running, stateFlag(options)),
      )
      await told
      await running.close()
    })
  examples(
    run,
    ['bulkhead manager run --host manager.plant.example', 'with its own database and certificate'],
    ['bulkhead manager run --cert chain.pem --key key.pem', 'with a certificate of the company'],
  )
}
