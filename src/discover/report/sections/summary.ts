/** The answer, before anything else. */
import { severities } from '../../model.ts'
import { counted as count, number } from '../format.ts'
import { html, type Html, type Part } from '../html.ts'
import type { Context, ReportedPolicy } from '../input.ts'

const verdictOf = ({ findings, signs }: Context): { readonly tone: string; readonly text: string } => {
  const critical = findings.filter(({ severity }) => severity === 'critical').length
  const high = findings.filter(({ severity }) => severity === 'high').length
  if (signs.length > 0)
    return {
      tone: 'critical',
      text: `There ${signs.length === 1 ? 'is 1 sign' : `are ${number(signs.length)} signs`} of attack in what was recorded. Look at ${signs.length === 1 ? 'it' : 'them'} first.`,
    }
  if (critical > 0)
    return { tone: 'critical', text: `No sign of attack was seen, and ${count(critical, 'finding')} should not wait.` }
  if (high > 0)
    return {
      tone: 'high',
      text: `No sign of attack was seen. ${count(high, 'finding')} of high risk ${high === 1 ? 'asks' : 'ask'} for a plan.`,
    }
  if (findings.length > 0)
    return {
      tone: 'medium',
      text: `No sign of attack and nothing urgent was seen; ${count(findings.length, 'finding')} can be worked off in turn.`,
    }
  return { tone: 'low', text: 'No sign of attack and no finding: what was seen is as it should be.' }
}

const tile = (value: number, [one, many = `${one}s`]: readonly [one: string, many?: string], tone = ''): Html =>
  html`<div class="tile ${tone}"><b>${number(value)}</b><span>${value === 1 ? one : many}</span></div>`

const policyText = ({ file, conduits = 0, decisions = [] }: ReportedPolicy): string => {
  const left =
    decisions.length === 0
      ? ''
      : `; ${count(decisions.length, 'decision')} ${decisions.length === 1 ? 'is' : 'are'} left to people`
  return file === undefined
    ? `A policy of ${count(conduits, 'conduit')} is proposed from what was seen${left}.`
    : `The policy of ${file} has ${count(conduits, 'conduit')}.`
}

const sentences = (context: Context): readonly Part[] => {
  const { findings, policy, simulation, baseline } = context
  const [worst] = findings
  return [
    ...baseline.text.map((text) => html`<li>${text}</li>`),
    ...(worst === undefined ? [] : [html`<li>The worst: ${worst.title}.</li>`]),
    ...(policy === undefined ? [] : [html`<li>${policyText(policy)}</li>`]),
    ...(simulation === undefined
      ? []
      : [
          html`<li>
            Enforced, it would have denied ${count(simulation.summary.denied, 'conversation')} of
            ${number(simulation.summary.conversations)} and ${count(simulation.summary.commandsDenied, 'command')} of
            ${number(simulation.summary.commands)}.
          </li>`,
        ]),
  ]
}

export const summary = (context: Context): Html => {
  const { observed, inventory, findings, signs } = context
  const { tone, text } = verdictOf(context)
  const devices = inventory.devices.filter(({ silent }) => !silent).length
  const commands = observed.conversations.reduce((sum, conversation) => sum + conversation.commands.length, 0)
  const bySeverity = severities.map(
    (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
  )
  return html`<section id="answer" class="answer">
    <p class="verdict ${tone}">${text}</p>
    <ul class="facts">
      ${sentences(context)}
    </ul>
    <div class="tiles">
      ${tile(devices, ['device'])}${tile(observed.conversations.length, ['conversation'])}${tile(commands, ['kind of command', 'kinds of command'])}${tile(signs.length, ['sign of attack', 'signs of attack'], signs.length > 0 ? 'critical' : '')}${tile(findings.length, ['finding'])}
    </div>
    <p class="severities">
      ${bySeverity.map(([severity, value]) => (value === 0 ? html`` : html`<span class="badge ${severity}">${severity} ${value}</span> `))}
    </p>
  </section>`
}
