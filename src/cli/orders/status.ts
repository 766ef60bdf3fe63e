import { type Command, InvalidArgumentError } from 'commander'
import { Fault } from '#core/errors.ts'
import type { Times } from '#schema/manager-orders.ts'
import { examples, outputOf } from '../command.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import { connected, queryOf } from './connected.ts'
import { days } from './contain.ts'

interface BreakerOptions extends ReachOptions {
  readonly reset?: true
  readonly perMinute?: number
  readonly wide?: number
  readonly reason: string
}
const whole = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number.')
}

type Span = Times['rows'][number]['enforced']
const span = ({ p50, p90, p99 }: Span): string => `${Math.round(p50)} / ${Math.round(p90)} / ${Math.round(p99)}`

export const registerStatus = (orders: Command): void => {
  const status = withManager(orders.command('status'))
    .description('how many are in force and waiting, and the circuit breaker')
    .action(async (options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const found = await ask({ path: '/v1/orders/status', answer: schema.OrdersStatus })
      const { breaker } = found
      const limits = `${breaker.perMinute} automatic orders a minute, ${breaker.wide} that reach the fleet or stop assets`
      outputOf(command).result(found, () =>
        [
          ...found.alarms.map((alarm) => `ALARM  ${alarm}`),
          `orders   ${found.inForce} in force, ${found.automatic} of them automatic; ${found.waiting} waiting`,
          `permits  ${found.permits} in force; ${found.permitsWaiting} waiting`,
          `breaker  ${breaker.open ? `open since ${breaker.since ?? ''}` : 'closed'}; limits: ${limits}`,
        ].join('\n'),
      )
    })
  examples(status, ['bulkhead orders status', 'does anything want my attention?'])

  const breaker = withManager(orders.command('breaker'))
    .description('reset the circuit breaker of automatic orders, or set its limits')
    .option('--reset', 'close it: automatic orders happen again')
    .option('--per-minute <count>', 'automatic orders within a minute', whole)
    .option('--wide <count>', 'automatic orders in force that reach the fleet or stop assets', whole)
    .requiredOption('--reason <text>', 'why; it becomes part of the record')
    .action(async (options: BreakerOptions, command: Command) => {
      const { reset, perMinute, wide, reason } = options
      if (reset === undefined && perMinute === undefined && wide === undefined)
        throw new Fault('usage', 'Say what to change: --reset, --per-minute or --wide.')
      const { ask, schema } = await connected(options)
      const body = {
        reason,
        ...(reset === undefined ? {} : { reset }),
        ...(perMinute === undefined ? {} : { perMinute }),
        ...(wide === undefined ? {} : { wide }),
      }
      const found = await ask({ method: 'PATCH', path: '/v1/orders/breaker', body, answer: schema.Breaker })
      outputOf(command).result(found, () => `The breaker is ${found.open ? 'open' : 'closed'}.`)
    })
  examples(breaker, ['bulkhead orders breaker --reset --reason "the scanner is gone"', 'the storm is over'])

  const times = withManager(orders.command('times'))
    .description('from detection to containment, by site and by the response that agreed to it')
    .option('--days <days>', 'how far to look back', days, 30)
    .action(async (options: ReachOptions & { days: number }, command: Command) => {
      const { ask, schema } = await connected(options)
      const found = await ask({ path: `/v1/orders/times?${queryOf({ days: options.days })}`, answer: schema.Times })
      const output = outputOf(command)
      output.result(found, () =>
        output.table(
          found.rows,
          [
            { title: 'SITE', cell: ({ site }) => site },
            { title: 'AGREED', cell: ({ agreed = '-' }) => agreed },
            { title: 'ORDERS', cell: (row) => row.orders, right: true },
            { title: 'EDGES', cell: ({ reports }) => reports, right: true },
            { title: 'RECEIVED ms', cell: ({ receipt }) => span(receipt), right: true },
            { title: 'PUBLISHED ms', cell: ({ publication }) => span(publication), right: true },
            { title: 'CONTAINED ms (p50/p90/p99)', cell: ({ enforced }) => span(enforced), right: true },
          ],
          'no automatic orders',
        ),
      )
    })
  examples(times, ['bulkhead orders times --days 7', 'how fast were we, against what was agreed?'])
}
