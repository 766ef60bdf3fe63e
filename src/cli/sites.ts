import { examples, outputOf, type Register } from './command.ts'
import { groups } from './groups.ts'
import { asker, type ReachOptions, withManager } from './manager/reach.ts'

export const register: Register = (program) => {
  const sites = program.command('sites').description(groups.sites.summary)
  examples(sites, ['bulkhead sites list', 'which sites are there, and how many of their edges are connected?'])

  const list = withManager(sites.command('list'))
    .description('all sites')
    .action(async (options: ReachOptions, command) => {
      const { Sites } = await import('#schema/manager-fleet.ts')
      const ask = await asker(options)
      const { sites: found } = await ask({ path: '/v1/sites', answer: Sites })
      const output = outputOf(command)
      output.result(found, () =>
        output.table(
          found,
          [
            { title: 'SITE', cell: (site) => site.name },
            { title: 'EDGES', cell: (site) => site.edges, right: true },
            { title: 'CONNECTED', cell: (site) => site.connected, right: true },
          ],
          'There is no site yet. `bulkhead edges add SITE EDGE` makes the first.',
        ),
      )
    })
  examples(list, ['bulkhead sites list', 'which sites are there, and how many of their edges are connected?'])

  const add = withManager(sites.command('add'))
    .description('make a site')
    .argument('<site>', 'its name')
    .action(async (name: string, options: ReachOptions, command) => {
      const { Site } = await import('#schema/manager-fleet.ts')
      const ask = await asker(options)
      const site = await ask({ method: 'POST', path: '/v1/sites', body: { name }, answer: Site })
      outputOf(command).result(
        site,
        () => `There is a site ${site.name} now. Next: bulkhead edges add ${site.name} EDGE`,
      )
    })
  examples(add, ['bulkhead sites add dairy', 'before its edges, or let `edges add` do it'])
}
