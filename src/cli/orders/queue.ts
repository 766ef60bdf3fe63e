import { type Command, Option } from 'commander'
import { examples, outputOf } from '../command.ts'
import { plural } from '../output.ts'
import { address } from '../edge/values.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import { connected, queryOf } from './connected.ts'
import { blastText, orderColumns, orderText } from './view.ts'

interface ListOptions extends ReachOptions {
  readonly waiting?: true
  readonly all?: true
  readonly ip?: string
  readonly site?: string
}
interface ReasonOptions extends ReachOptions {
  readonly reason: string
}

const mostEdgesTold = 20
/** Orders that one answer has room for. */
const mostListed = 500

export const registerQueue = (orders: Command): void => {
  const list = withManager(orders.command('list'))
    .description('containments in force, or those that wait for a person')
    .addOption(new Option('--waiting', 'those that wait').conflicts('all'))
    .option('--all', 'also those that are over')
    .option('--ip <ip>', 'about this address', address)
    .option('--site <site>', 'of this site alone')
    .action(async (options: ListOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const state = options.all === true ? 'all' : options.waiting === true ? 'waiting' : 'in-force'
      const path = `/v1/orders?${queryOf({ state, ip: options.ip, site: options.site, limit: mostListed })}`
      const { orders: found } = await ask({ path, answer: schema.Orders })
      const output = outputOf(command)
      output.result(found, () => output.table(found, orderColumns(Date.now()), 'no orders'))
      output.cut(found.length, mostListed, '--site and --ip say which')
    })
  examples(list, ['bulkhead orders list --waiting', 'what does nobody dare to do alone?'])

  const show = withManager(orders.command('show'))
    .description('one order: what it follows from, what it stops, which edges have it')
    .argument('<order>', 'its id')
    .action(async (id: string, options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const found = await ask({ path: `/v1/orders/${encodeURIComponent(id)}`, answer: schema.OrderDetail })
      const output = outputOf(command)
      const told = found.edges.slice(0, mostEdgesTold)
      output.result(found, () =>
        [
          orderText(found.order),
          ...(found.blast === undefined ? [] : [blastText(output, found.blast)]),
          `In the kernel of ${plural(found.edges.length, 'edge')}${told.length < found.edges.length ? ', first' : ''}:`,
          output.table(told, [
            { title: 'EDGE', cell: ({ site, edge }) => `${site}/${edge}` },
            { title: 'AT', cell: ({ enforced }) => enforced },
            {
              title: 'AFTER',
              cell: ({ fromDetection }) => (fromDetection === undefined ? '-' : `${fromDetection} ms`),
              right: true,
            },
          ]),
        ].join('\n'),
      )
    })
  examples(show, ['bulkhead orders show 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ', 'why is it contained, and where?'])

  const decide = (verb: 'approve' | 'refuse', summary: string, purpose: string): Command => {
    const command = withManager(orders.command(verb))
      .description(summary)
      .argument('<order>', 'its id')
      .requiredOption('--reason <text>', 'why; it becomes part of the record')
    if (verb === 'approve') command.option('--known', 'it is an asset, and that is meant')
    command.action(async (id: string, options: ReasonOptions & { known?: true }, self: Command) => {
      const { ask, schema } = await connected(options)
      const body = { reason: options.reason, ...(options.known === true ? { known: true } : {}) }
      const path = `/v1/orders/${encodeURIComponent(id)}/${verb}`
      const order = await ask({ method: 'POST', path, body, answer: schema.Order })
      outputOf(self).result(order, () => orderText(order))
    })
    return examples(command, [
      `bulkhead orders ${verb} 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ --reason "seen at the gate"`,
      purpose,
    ])
  }
  decide('approve', 'say yes to an order of somebody else', 'let it happen')
  decide('refuse', 'say no to an order that waits', 'it is a tester')
}
