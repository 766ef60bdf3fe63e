import { resolve } from 'node:path'
import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { socketFor } from './connection.ts'

interface RunOptions {
  readonly policy: string
  readonly edge: string
  readonly routed?: true
  readonly state?: string
  readonly socket?: string
}

const registerRun = (edge: Command): void => {
  const run = edge
    .command('run')
    .description('enforce a policy at one edge, in the foreground; what the kernel enforces outlives it')
    .requiredOption('--policy <file>', 'site policy (YAML)')
    .requiredOption('--edge <name>', 'which of its edges this machine is')
    .option('--routed', 'route between the ports instead of bridging them')
    .option('--state <directory>', 'where its memory is (default: /var/lib/bulkhead/NAME)')
    .option('--socket <path>', 'its control socket (default: /run/bulkhead/NAME.sock)')
    .action(async (options: RunOptions, command: Command) => {
      const { runEdge } = await import('#edge/run.ts')
      const { line } = await import('#schema/event-text.ts')
      const output = outputOf(command)
      await runEdge({
        policy: resolve(options.policy),
        edge: options.edge,
        routed: options.routed === true,
        state: resolve(options.state ?? `/var/lib/bulkhead/${options.edge}`),
        socket: resolve(options.socket ?? socketFor(options.edge)),
        told: (stored) => {
          for (const { event } of stored)
            if (event.class === 'P0' || event.class === 'P1')
              output.record(event, () =>
                line(event, { colour: output.terminal, ...(output.terminal ? { width: process.stdout.columns } : {}) }),
              )
        },
      })
    })
  examples(
    run,
    ['bulkhead edge run --policy site.yaml --edge cell-1-edge', 'enforce until Ctrl-C; the rules stay'],
    [
      'bulkhead edge run --policy site.yaml --edge cell-1-edge --state ./state --socket ./edge.sock',
      'try it beside a real one',
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
      outputOf(command).result(
        loaded,
        () => `Policy ${loaded.digest.slice(0, 12)}, confirmed last, is enforced as generation ${loaded.generation}.`,
      )
    })
  examples(load, ['bulkhead edge load --state /var/lib/bulkhead/cell-1-edge', 'what bulkhead-edge-load@.service does'])
}

export const registerRunCommands = (edge: Command): void => {
  registerRun(edge)
  registerLoad(edge)
}
