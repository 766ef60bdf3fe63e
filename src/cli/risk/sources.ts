import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from '../manager/reach.ts'

interface ListOptions extends ReachOptions {
  readonly site?: string
  readonly min?: string
}

const ages = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const
/** `3 h` */
const age = (seconds: number): string => {
  const [size, unit] = ages.find(([each]) => seconds >= each) ?? [1, 's']
  return `${Math.floor(seconds / size)} ${unit}`
}

export const registerSources = (risk: Command): void => {
  const list = withManager(risk.command('list'))
    .description('sources by their risk, the highest first')
    .option('--site <site>', 'of one site')
    .option('--min <score>', 'at or above this')
    .action(async ({ site, min, ...options }: ListOptions, command: Command) => {
      const { RiskSources } = await import('#schema/manager-risk.ts')
      const query = new URLSearchParams({ ...(site && { site }), ...(min && { min }) })
      const ask = await asker(options)
      const { sources } = await ask({
        path: `/v1/risk/sources?${query.toString()}`,
        answer: RiskSources,
      })
      const output = outputOf(command)
      output.result(sources, () =>
        output.table(sources, [
          { title: 'RISK', cell: ({ score }) => score },
          { title: 'SOURCE', cell: ({ ip }) => ip },
          { title: 'SITE', cell: ({ site: at }) => at },
          { title: 'AT EDGES', cell: ({ told }) => (told === 0 ? '' : `at or above ${told}`) },
          { title: 'THRESHOLD', cell: ({ threshold }) => (threshold === 0 ? '' : threshold) },
        ]),
      )
    })
  examples(list, ['bulkhead risk list --min 40', 'who should be looked at first?'])

  const show = withManager(risk.command('show'))
    .description('the risk of a source now, with every point and its evidence')
    .argument('<ip>', 'its address')
    .option('--site <site>', 'at one site')
    .action(async (ip: string, { site, ...options }: ListOptions, command: Command) => {
      const { RiskDetails } = await import('#schema/manager-risk.ts')
      const query = new URLSearchParams({ ip, ...(site && { site }) })
      const ask = await asker(options)
      const { sites } = await ask({
        path: `/v1/risk/evidence?${query.toString()}`,
        answer: RiskDetails,
      })
      const output = outputOf(command)
      output.result(sites, () => {
        if (sites.length === 0) return `There is no evidence against ${ip}: its risk is 0.`
        return sites
          .map(({ site: at, score, veto, origin, techniques, evidence }) => {
            const from = [origin.country, origin.asn === undefined ? undefined : `AS${origin.asn}`, origin.organisation]
            const about = [
              `${ip} at ${at}: risk ${score}${veto === undefined ? '' : `, vetoed: ${veto}`}`,
              ...(from.some((part) => part !== undefined) ? [`from ${from.filter(Boolean).join(' ')}`] : []),
              ...(techniques.length === 0 ? [] : [`ATT&CK for ICS ${techniques.join(', ')}`]),
            ]
            const rows = output.table(evidence, [
              { title: 'POINTS', cell: ({ points }) => points.toFixed(1) },
              { title: 'AGE', cell: (each) => age(each.age) },
              { title: 'WHAT', cell: ({ family }) => family },
              { title: 'EVIDENCE', cell: ({ key }) => key },
              { title: '', cell: ({ text }) => text },
            ])
            return `${about.join('; ')}\n${rows}`
          })
          .join('\n\n')
      })
    })
  examples(show, ['bulkhead risk show 198.18.1.40', 'why is its risk what it is?'])
}
