/** What a person needs to see of a disagreement. */
import { stringify } from 'yaml'
import { decodeFrame } from '#packet/decode.ts'
import { describe } from '#packet/describe.ts'
import type { Disagreement } from './run.ts'
import type { Scenario, Step } from './scenario.ts'

const stepText = (step: Step): string => {
  if (step.kind === 'frame') {
    const parts =
      step.fragments === undefined
        ? ''
        : ` in ${step.fragments.length} parts${step.broken === true ? ', one missing' : ''}`
    const frame = decodeFrame(step.bytes)
    const tags = frame.vlans.map((id) => ` tag ${id}`).join('')
    return `at ${step.port}:${tags} ${describe(frame)}${parts}`
  }
  if (step.kind === 'apply')
    return step.policy === undefined ? 'the same policy again' : `another policy:\n${stringify(step.policy)}`
  const { kind, ...what } = step
  return `order ${kind} ${JSON.stringify(what)}`
}

const disagreementText = (one: Disagreement): string => {
  if (one.kind === 'set')
    return `set ${one.set}: only the kernel has [${one.onlyKernel.join(', ')}], only evaluate has [${one.onlyEvaluate.join(', ')}]`
  if (one.verdict === undefined)
    return `step ${one.step}, ${one.from} to ${one.to}: a broken packet, the kernel: ${one.kernel}`
  const { outcome, reason, mode, zone, conduit, trace } = one.verdict
  const more = Object.entries({ mode, zone, conduit }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  )
  return [
    `step ${one.step}, ${one.from} to ${one.to}: evaluate says ${outcome} (${[reason, ...more].join(', ')}), the kernel: ${one.kernel}`,
    ...trace.map(({ check, result }) => `    ${check}: ${result}`),
  ].join('\n')
}

export const reportText = (
  { seed, policy, islands = [], steps }: Scenario,
  disagreements: readonly Disagreement[],
): string =>
  [
    `seed ${seed}: ${disagreements.length} disagreement${disagreements.length === 1 ? '' : 's'}`,
    ...disagreements.slice(0, 5).map(disagreementText),
    '--- policy',
    stringify(policy, { aliasDuplicateObjects: false }).trimEnd(),
    ...(islands.length === 0 ? [] : [`cut off: ${islands.join(', ')}`]),
    '--- steps',
    ...steps.map((step, index) => `${index}: ${stepText(step)}`),
  ].join('\n')
