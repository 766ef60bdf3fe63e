import { type Command, InvalidArgumentError, Option } from 'commander'
import { isIP } from 'node:net'
import { examples, outputOf } from '../command.ts'
import { address, duration } from '../edge/values.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import { connected } from './connected.ts'
import { blastText, orderText, scopeText } from './view.ts'

export interface ScopeOptions extends ReachOptions {
  readonly scope: 'edge' | 'site' | 'fleet'
  readonly site?: string
  readonly edge?: string
}

const withScope = (command: Command): Command =>
  withManager(command)
    .addOption(new Option('--scope <scope>', 'how far it reaches').choices(['edge', 'site', 'fleet']).default('site'))
    .option('--site <site>', 'which site')
    .option('--edge <edge>', 'which edge of it')

const place = ({ scope, site, edge }: ScopeOptions) => ({
  level: scope,
  ...(site === undefined ? {} : { site }),
  ...(edge === undefined ? {} : { edge }),
})

export const days = (text: string): number => {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 90) return number
  throw new InvalidArgumentError('It takes a number of days from 1 to 90.')
}

export const registerContain = (orders: Command): void => {
  const contain = withScope(orders.command('contain'))
    .description('stop everything from an address, at an edge, a site or everywhere')
    .argument('<ip>', 'its IPv4 or IPv6 address', address)
    .option('--for <duration>', 'how long', duration, '1h')
    .requiredOption('--reason <text>', 'why; it becomes part of the record')
    .option('--known', 'it is an asset, and that is meant')
    .action(
      async (ip: string, options: ScopeOptions & { for: string; reason: string; known?: true }, command: Command) => {
        const { ask, schema } = await connected(options)
        const body = {
          ip,
          ...place(options),
          for: options.for,
          reason: options.reason,
          ...(options.known === true ? { known: true } : {}),
        }
        const order = await ask({ method: 'POST', path: '/v1/orders', body, answer: schema.Order })
        outputOf(command).result(
          order,
          () =>
            `${orderText(order)}\n${order.state === 'waiting' ? 'Somebody else has to approve it: bulkhead orders approve' : 'Undo: bulkhead orders release'} ${order.id}`,
        )
      },
    )
  examples(contain, [
    'bulkhead orders contain 198.18.1.40 --site riverside --for 8h --reason "unknown laptop, ticket 4711"',
    'cut a device off at every edge of a site',
  ])

  const preview = withScope(orders.command('preview'))
    .description('what containing an address would stop; changes nothing')
    .argument('<ip>', 'its IPv4 or IPv6 address', address)
    .option('--days <days>', 'how far to look back', days, 14)
    .action(async (ip: string, options: ScopeOptions & { days: number }, command: Command) => {
      const { ask, schema } = await connected(options)
      const body = { ip, ...place(options), days: options.days }
      const seen = await ask({ method: 'POST', path: '/v1/orders/preview', body, answer: schema.Preview })
      const output = outputOf(command)
      output.result(seen, () =>
        [
          `${seen.ip} at ${scopeText(seen.scope)} reaches ${seen.sites.join(', ') || 'no site'}.`,
          ...(seen.refused === undefined ? [] : [`It would be refused: ${seen.refused}.`]),
          ...(seen.approval === undefined ? [] : [`Somebody else would have to approve it: ${seen.approval}.`]),
          ...seen.known.map(
            ({ site, asset, kind, zone }) => `It is ${asset} of ${site}: ${kind}, zone ${zone}. Say --known.`,
          ),
          ...(seen.unknown.length === 0
            ? []
            : [`Without a policy, so that nobody knows its assets: ${seen.unknown.join(', ')}.`]),
          ...seen.inForce.map(({ id, expires }) => `Contained already by ${id} until ${expires}.`),
          blastText(output, seen.blast),
        ].join('\n'),
      )
    })
  examples(preview, [
    'bulkhead orders preview 198.18.1.40 --scope fleet',
    'who speaks with it, through which conduits?',
  ])

  const release = withManager(orders.command('release'))
    .description('undo one order, or every order about an address')
    .argument('<order-or-ip>', 'id of an order, or an address')
    .option('--site <site>', 'of an address: only orders of this site')
    .option('--reason <text>', 'why', 'released by hand')
    .action(async (what: string, options: ReachOptions & { site?: string; reason: string }, command: Command) => {
      const { ask, schema } = await connected(options)
      const { reason, site } = options
      const done =
        isIP(what) === 0
          ? [
              await ask({
                method: 'POST',
                path: `/v1/orders/${encodeURIComponent(what)}/release`,
                body: { reason },
                answer: schema.Order,
              }),
            ]
          : (
              await ask({
                method: 'POST',
                path: '/v1/orders/release',
                body: { ip: what, reason, ...(site === undefined ? {} : { site }) },
                answer: schema.Orders,
              })
            ).orders
      outputOf(command).result(done, () =>
        done.map((order) => `${order.ip} is released at ${scopeText(order.scope)}.`).join('\n'),
      )
    })
  examples(release, ['bulkhead orders release 198.18.1.40 --reason "our own scanner"', 'it was contained wrongly'])
}
