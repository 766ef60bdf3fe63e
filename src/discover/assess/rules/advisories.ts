/** Vulnerabilities that are public: advisories that name what a device says it is. */
import type { Match, Matcher } from '../advisories/match.ts'
import type { Device, Evidence } from '../../model.ts'
import type { Draft } from '../risk.ts'
import { grouped, isInPlant, type View } from '../view.ts'
import { inPolicy, listed, listedDevices, plural } from '../wording.ts'

/** CVSS score that stands for an advisory without one. */
const typicalScore = 7

const evidenceOf = ({ facts }: Device): readonly Evidence[] =>
  facts
    .filter(({ name }) => name === 'model' || name === 'module' || name === 'firmware' || name === 'vendor')
    .map(({ evidence }) => evidence)

const draftOf = (found: readonly { readonly device: Device; readonly match: Match }[]): readonly Draft[] => {
  const [first] = found
  if (first === undefined) return []
  const { advisory, certainty } = first.match
  const devices = found.map(({ device }) => device)
  const score = Math.max(...found.map(({ match }) => match.product.cvss ?? advisory.cvss ?? typicalScore))
  const cves = first.match.product.cves ?? advisory.cves
  const fixes = [...new Set(found.map(({ match }) => match.product.fix).filter((fix) => fix !== undefined))]
  const sure = certainty === 'affected'
  return [
    {
      id: sure ? 'known-vulnerability' : 'possible-vulnerability',
      devices,
      title: `${listedDevices(devices)} ${sure ? (devices.length === 1 ? 'is' : 'are') : 'may be'} affected by ${advisory.id}: ${advisory.title}`,
      consequence: `${listed(cves, 4)}${score >= 9 ? ', among the worst there are,' : ''} can be used by whoever reaches the device; ${first.match.because.join(', ')}.`,
      next: sure
        ? `${fixes.length === 0 ? 'No update is known here: see the advisory' : `${fixes[0]} in the next stop`}. Until then permit its known partners and commands alone: conduits with \`allow:\` to ${inPolicy(devices)}, zone mode \`enforce\`.`
        : `Find out model and firmware of ${inPolicy(devices)} (\`bulkhead discover\` reads them when an engineering station asks for them), then assess again.`,
      techniques: ['T0866'],
      evidence: devices.flatMap(evidenceOf),
      advisory: advisory.id,
      factors: [
        {
          what: `${sure ? 'affected' : 'possibly affected'} by CVSS ${score.toFixed(1)}${advisory.cvss === undefined && first.match.product.cvss === undefined ? ' (assumed)' : ''}`,
          points: Math.round(score * (sure ? 6 : 3.5)),
        },
        { what: 'it belongs to levels 0 to 2', points: devices.some(isInPlant) ? 6 : 0 },
        { what: `${plural(devices.length, 'device')} affected`, points: Math.min(6, devices.length - 1) },
      ],
    },
  ]
}

export const knownVulnerabilities = ({ inventory }: View, matcher: Matcher): readonly Draft[] => {
  const found = inventory.devices.flatMap((device) => matcher.matches(device).map((match) => ({ device, match })))
  return [...grouped(found, ({ match }) => `${match.certainty} ${match.advisory.id}`).values()].flatMap(draftOf)
}
