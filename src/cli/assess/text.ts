/** An assessment for a person at a terminal. */
import { columnsOf, legible } from '#core/legible.ts'
import type { Assessed } from '#discover/assess/risk.ts'
import type { Evidence, severities } from '#discover/model.ts'
import type { Output, Style } from '../output.ts'
import type { AssessedPlant } from './plant.ts'

const styles: Readonly<Record<(typeof severities)[number], Style>> = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  info: 'dim',
}

/** Columns of a terminal that nobody told. */
const usualWidth = 100

const wrapped = (text: string, indent: number, width: number): string => {
  const lines: string[] = []
  let line = ''
  for (const word of legible(text).split(' ')) {
    if (line !== '' && columnsOf(line) + columnsOf(word) + 1 > width - indent) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}

const evidenceText = ({ capture, packet, at }: Evidence): string =>
  `${capture}${packet === 0 ? '' : ` packet ${packet}`}, ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

const indent = 12

const findingText = (output: Output, finding: Assessed, width: number): string => {
  const row = (title: string, text: string): string => `  ${title.padEnd(indent - 2)}${wrapped(text, indent, width)}`
  const [first] = finding.evidence
  const more = finding.evidence.length - 1
  return [
    `${output.paint(styles[finding.severity], `${finding.severity} ${finding.risk}`.padEnd(indent))}${output.paint('bold', wrapped(finding.title, indent, width))}`,
    row('can', finding.consequence),
    row('next', finding.next),
    row('risk', finding.derivation.map(({ what, points }) => `${points > 0 ? '+' : ''}${points} ${what}`).join(', ')),
    ...(first === undefined ? [] : [row('seen', `${evidenceText(first)}${more > 0 ? `, and ${more} more` : ''}`)]),
    ...(finding.techniques.length === 0 ? [] : [row('ATT&CK', finding.techniques.join(' '))]),
  ].join('\n')
}

/** @param all every finding, not the first ones alone */
export const assessmentText = (output: Output, plant: AssessedPlant, all: boolean, width = usualWidth): string => {
  const { findings, baseline, exposure, advisories } = plant
  const most = 20
  const shown = all ? findings : findings.slice(0, most)
  const zones = exposure.zones.slice(0, 8).map(({ name, risk }) => `${legible(name)} ${risk}`)
  return [
    ...baseline.text.map((text) => wrapped(text, 0, width)),
    `${advisories} ${advisories === 1 ? 'advisory' : 'advisories'} in the index.${zones.length === 0 ? '' : ` Risk by zone: ${zones.join(', ')}.`}`,
    '',
    ...(findings.length === 0
      ? ['Nothing was found.']
      : [shown.map((one) => findingText(output, one, width)).join('\n\n')]),
    ...(shown.length < findings.length
      ? ['', `${findings.length - shown.length} more of lower risk: --all shows them.`]
      : []),
  ].join('\n')
}
