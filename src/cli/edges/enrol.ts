import { type Command, InvalidArgumentError } from 'commander'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from '../manager/reach.ts'
import { findEdge } from './find.ts'

interface TokenOptions extends ReachOptions {
  readonly hours: number
}

const hoursOf = (text: string): number => {
  const hours = Number(text)
  if (!Number.isInteger(hours) || hours < 1 || hours > 720)
    throw new InvalidArgumentError('It takes a number of hours from 1 to 720.')
  return hours
}
const withHours = (command: Command): Command =>
  command.option('--hours <hours>', 'how long the token may be used', hoursOf, 24)

const tell = (command: Command, made: { edge: { site: string; name: string }; token: string; expires: string }): void =>
  outputOf(command).result(made, () =>
    [
      `On the machine of ${made.edge.site}/${made.edge.name}, once, until ${made.expires}:`,
      `  bulkhead edge enrol --edge ${made.edge.name}`,
      'It asks for this token (a script gives it by --token-file):',
      made.token,
    ].join('\n'),
  )

export const registerAdd = (edges: Command): void => {
  const add = withHours(withManager(edges.command('add')))
    .description('make an edge, and its site when there is none; prints the token that enrols it')
    .argument('<site>', 'its site')
    .argument('<edge>', 'its name')
    .action(async (site: string, name: string, options: TokenOptions, command: Command) => {
      const { MadeEnrolment } = await import('#schema/manager-fleet.ts')
      const ask = await asker(options)
      const body = { site, name, hours: options.hours }
      tell(command, await ask({ method: 'POST', path: '/v1/edges', body, answer: MadeEnrolment }))
    })
  examples(add, ['bulkhead edges add dairy edge-1', 'all that a new edge needs'])
}

export const registerEnrol = (edges: Command): void => {
  const enrol = withHours(withManager(edges.command('enrol')))
    .description('another token for an edge that there is: its key is replaced when the token is used')
    .argument('<site>', 'its site')
    .argument('<edge>', 'its name')
    .action(async (site: string, name: string, options: TokenOptions, command: Command) => {
      const { MadeEnrolment } = await import('#schema/manager-fleet.ts')
      const ask = await asker(options)
      const { id } = await findEdge(ask, site, name)
      const body = { hours: options.hours }
      tell(command, await ask({ method: 'POST', path: `/v1/edges/${id}/enrolment`, body, answer: MadeEnrolment }))
    })
  examples(enrol, ['bulkhead edges enrol dairy edge-1 --hours 2', 'a machine replaces another'])
}

interface RevokeOptions extends ReachOptions {
  readonly reason: string
}

export const registerRevoke = (edges: Command): void => {
  const revoke = withManager(edges.command('revoke'))
    .description('let an edge in no more; its link ends at once, what it enforces stays')
    .argument('<site>', 'its site')
    .argument('<edge>', 'its name')
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (site: string, name: string, options: RevokeOptions, command: Command) => {
      const { EdgeView } = await import('#schema/manager-fleet.ts')
      const ask = await asker(options)
      const { id } = await findEdge(ask, site, name)
      const body = { reason: options.reason }
      const edge = await ask({ method: 'POST', path: `/v1/edges/${id}/revocation`, body, answer: EdgeView })
      outputOf(command).result(edge, () => `${edge.site}/${edge.name} is revoked.`)
    })
  examples(revoke, ["bulkhead edges revoke dairy edge-1 --reason 'the machine was stolen'", 'at once'])
}
