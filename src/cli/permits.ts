import { type Command, Option } from 'commander'
import { examples, outputOf, type Register } from './command.ts'
import { address, duration } from './edge/values.ts'
import { type ReachOptions, withManager } from './manager/reach.ts'
import { connected, queryOf } from './orders/connected.ts'
import { permitColumns } from './orders/view.ts'

interface CreateOptions extends ReachOptions {
  readonly site: string
  readonly edge?: string
  readonly from: string
  readonly to: string
  readonly service: string
  readonly mac?: string
  readonly for: string
  readonly reason: string
}

const registerCreate = (permits: Command): void => {
  const create = withManager(permits.command('create'))
    .description('permit a service between two addresses of a site for a limited time')
    .requiredOption('--site <site>', 'which site')
    .option('--edge <edge>', 'only at this edge of it')
    .requiredOption('--from <ip>', 'address that may ask', address)
    .requiredOption('--to <ip>', 'address that may be asked', address)
    .requiredOption('--service <service>', 'protocol such as modbus, or tcp/502, udp/161')
    .option('--mac <mac>', 'only from this Ethernet address')
    .requiredOption('--for <duration>', 'how long', duration)
    .requiredOption('--reason <text>', 'why; it becomes part of the record')
    .action(async ({ state, manager, ca, tokenFile, ...body }: CreateOptions, command: Command) => {
      const { ask, schema } = await connected({ state, manager, ca, tokenFile })
      const permit = await ask({ method: 'POST', path: '/v1/permits', body, answer: schema.Permit })
      outputOf(command).result(permit, () =>
        permit.state === 'waiting'
          ? `Somebody else has to approve it: bulkhead permits approve ${permit.id}`
          : `${permit.from} may use ${permit.service} of ${permit.to} until ${permit.expires}.\nUndo: bulkhead permits revoke ${permit.id}`,
      )
    })
  examples(create, [
    'bulkhead permits create --site riverside --from 198.18.1.72 --to 198.18.1.10 --service s7comm --for 2h --reason "vendor on site"',
    'let an engineer in for two hours',
  ])
}

/** Permits that one answer has room for. */
const mostListed = 500

const registerList = (permits: Command): void => {
  const list = withManager(permits.command('list'))
    .description('permits in force, or those that wait for a person')
    .addOption(new Option('--waiting', 'those that wait').conflicts('all'))
    .option('--all', 'also those that are over')
    .option('--site <site>', 'of this site')
    .action(async (options: ReachOptions & { waiting?: true; all?: true; site?: string }, command: Command) => {
      const { ask, schema } = await connected(options)
      const state = options.all === true ? 'all' : options.waiting === true ? 'waiting' : 'in-force'
      const path = `/v1/permits?${queryOf({ state, site: options.site, limit: mostListed })}`
      const { permits: found } = await ask({ path, answer: schema.Permits })
      const output = outputOf(command)
      output.result(found, () => output.table(found, permitColumns(Date.now()), 'no permits'))
      output.cut(found.length, mostListed, '--site says of which site')
    })
  examples(list, ['bulkhead permits list --waiting', 'who wants to be let in?'])
}

const verbs = [
  { verb: 'approve', summary: 'say yes to a permit that somebody else asked for', done: 'is approved', reason: true },
  { verb: 'refuse', summary: 'say no to a permit that waits', done: 'is refused', reason: true },
  { verb: 'revoke', summary: 'end a permit now', done: 'is revoked', reason: false },
] as const

const registerDecisions = (permits: Command): void => {
  for (const { verb, summary, done, reason } of verbs) {
    const decide = withManager(permits.command(verb)).description(summary).argument('<permit>', 'its id')
    if (reason) decide.requiredOption('--reason <text>', 'why; it becomes part of the record')
    decide.action(async (id: string, options: ReachOptions & { reason?: string }, command: Command) => {
      const { ask, schema } = await connected(options)
      const path = `/v1/permits/${encodeURIComponent(id)}/${verb}`
      const body = options.reason === undefined ? {} : { body: { reason: options.reason } }
      const permit = await ask({ method: 'POST', path, ...body, answer: schema.Permit })
      outputOf(command).result(permit, () => `Permit ${permit.id} ${done}.`)
    })
    examples(decide, [
      `bulkhead permits ${verb} 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ${reason ? ' --reason "work order 12"' : ''}`,
      verb === 'revoke' ? 'the work is done early' : 'decide what waits',
    ])
  }
}

export const register: Register = (program) => {
  const permits = program.command('permits').description('let somebody use a service of a site for a while')
  examples(permits, ['bulkhead permits list', 'who is let in right now, by whom and why?'])
  registerCreate(permits)
  registerList(permits)
  registerDecisions(permits)
}
