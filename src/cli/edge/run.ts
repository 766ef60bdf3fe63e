import { resolve } from 'node:path'
import type { Command } from 'commander'
import manifest from '../../../package.json' with { type: 'json' }
import type { SinkConfig } from '#edge/sinks/config.ts'
import { examples, outputOf } from '../command.ts'
import { outliveReader, screen } from '../output.ts'
import { socketFor } from './connection.ts'

interface RunOptions {
  readonly policy?: string
  readonly edge: string
  readonly routed?: true
  readonly state?: string
  readonly socket?: string
  readonly sink?: readonly string[]
  readonly sinks?: string
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

const sinksOf = async ({ sink, sinks }: RunOptions): Promise<readonly SinkConfig[]> => {
  if (sink === undefined && sinks === undefined) return []
  const { readSinks } = await import('#edge/sinks/read.ts')
  return readSinks(sink ?? [], sinks === undefined ? undefined : resolve(sinks))
}

const registerRun = (edge: Command): void => {
  const run = edge
    .command('run')
    .description('enforce a policy at one edge, in the foreground; what the kernel enforces outlives it')
    .option('--policy <file>', 'site policy (YAML); an enrolled edge gets it from its manager')
    .requiredOption('--edge <name>', 'which of its edges this machine is')
    .option('--routed', 'route between the ports instead of bridging them')
    .option('--state <directory>', 'where its memory is (default: /var/lib/bulkhead/NAME)')
    .option('--socket <path>', 'its control socket (default: /run/bulkhead/NAME.sock)')
    .option(
      '--sink <url>',
      'send copies of events there: syslog+udp, syslog+tcp, syslog+tls or file (%25 for a % in a path); repeatable',
      collect,
    )
    .option('--sinks <file>', 'receivers of events that need more words, e.g. CEF or certificates (YAML)')
    .action(async (options: RunOptions, command: Command) => {
      const sinks = await sinksOf(options)
      const { runEdge } = await import('#edge/run.ts')
      const { line } = await import('#schema/event-text.ts')
      const output = outputOf(command)
      outliveReader()
      await runEdge({
        ...(options.policy === undefined ? {} : { policy: resolve(options.policy) }),
        edge: options.edge,
        routed: options.routed === true,
        state: resolve(options.state ?? `/var/lib/bulkhead/${options.edge}`),
        socket: resolve(options.socket ?? socketFor(options.edge)),
        sinks,
        version: manifest.version,
        told: (stored) => {
          for (const { event } of stored)
            if (event.class === 'P0' || event.class === 'P1')
              output.record(event, () =>
                line(event, {
                  colour: output.paint('red', 'x') !== 'x',
                  ...(output.terminal ? { width: screen().columns } : {}),
                }),
              )
        },
      })
    })
  examples(
    run,
    ['bulkhead edge run --policy site.yaml --edge cell-1-edge', 'enforce until Ctrl-C; the rules stay'],
    ['bulkhead edge run --edge cell-1-edge', 'the same for an edge that is enrolled with a manager'],
    [
      'bulkhead edge run --policy site.yaml --edge cell-1-edge --state ./state --socket ./edge.sock',
      'with its memory and its socket elsewhere',
    ],
    [
      'bulkhead edge run --policy site.yaml --edge cell-1-edge --sink syslog+tls://siem.example:6514 --sink file:///var/log/bulkhead/events.jsonl',
      'with copies of its events, as JSON, to a collector and into a file',
    ],
    [
      'bulkhead edge run --policy site.yaml --edge cell-1-edge --sinks /etc/bulkhead/sinks.yaml',
      'the same in CEF or with own certificates: docs/events.md, "Sinks"',
    ],
  )
}

const registerLoad = (edge: Command): void => {
  const load = edge
    .command('load')
    .description('restore the last confirmed policy into the kernel, without a daemon (at boot)')
    .requiredOption('--state <directory>', 'where the edge keeps its memory')
    .action(async ({ state }: { state: string }, command: Command) => {
      const { loadAtBoot } = await import('#edge/load.ts')
      const loaded = await loadAtBoot({ state: resolve(state) })
      const output = outputOf(command)
      output.result(loaded, () =>
        'untouched' in loaded
          ? loaded.untouched
          : `Policy ${loaded.digest.slice(0, 12)}, confirmed last, is enforced as generation ${loaded.generation}.`,
      )
      if ('damaged' in loaded)
        output.note(
          `${loaded.damaged} What was confirmed came from the copy beside it. Containments that were ordered are not in force, and the daemon does not start, until the file is moved away.`,
        )
    })
  examples(load, ['bulkhead edge load --state /var/lib/bulkhead/cell-1-edge', 'what bulkhead-edge-load@.service does'])
}

export const registerRunCommands = (edge: Command): void => {
  registerRun(edge)
  registerLoad(edge)
}
