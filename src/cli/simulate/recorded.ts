/** Policies over the captures that a command line names. */
import { Fault } from '#core/errors.ts'
import { readCapture } from '#discover/sources/file.ts'
import { policyAt, resultOf, Simulation, type Policy, type Result } from '#discover/simulate/index.ts'
import { captureAdvice, skipReasons } from '#packet/records.ts'
import { loadPolicy } from '#policy/load.ts'
import { planOf } from '../policy/plan-of.ts'
import { progressLine } from '../progress.ts'
import { captureFiles, type CaptureFile } from './sources.ts'

export interface RecordedOptions {
  readonly policy: string
  readonly edge?: string | undefined
  readonly against?: string | undefined
  readonly modes: Result['modes']
  readonly vlansOfPolicy: boolean
}

/** @throws Fault `usage` when it is not clear which edge is meant */
const policyOf = (file: string, edge: string | undefined, modes: Result['modes']): Policy => {
  const { site, source } = loadPolicy(file)
  const { name } = planOf(site, edge)
  const policy = policyAt(site, name, modes, source)
  if (policy === undefined) throw new Fault('usage', `The policy ${file} has no edge \`${name}\`.`)
  return policy
}

/** The edge of a running policy: the one of the same name, or the only one there is. */
const runningOf = (file: string, edge: string, modes: Result['modes']): Policy => {
  const { site } = loadPolicy(file)
  const names = Object.keys(site.edges)
  return policyOf(file, names.length === 1 && !names.includes(edge) ? names[0] : edge, modes)
}

const isNoCapture = (skips: Awaited<ReturnType<typeof readCapture>>['skips']): boolean =>
  skips.some(({ at, why }) => at === 0 && why === 'not-a-capture')

const nameOf = (path: string): string => (path === '-' ? 'Standard input' : path)

const refuse = ({ path }: CaptureFile, isEmpty: boolean): never => {
  if (isEmpty) throw new Fault('file-unreadable', `${nameOf(path)} is empty.`)
  throw new Fault('file-unreadable', `${nameOf(path)} is no capture: ${skipReasons['not-a-capture']}.`, {
    advice: captureAdvice,
  })
}

/** @throws Fault for what cannot be read: policies, files, folders */
export const simulateFiles = async (sources: readonly string[], options: RecordedOptions): Promise<Result> => {
  const { modes, vlansOfPolicy } = options
  const policy = policyOf(options.policy, options.edge, modes)
  const against = options.against === undefined ? undefined : runningOf(options.against, policy.plan.edge, modes)
  const files = captureFiles(sources)
  const simulation = new Simulation(against === undefined ? [policy.plan] : [policy.plan, against.plan], {
    vlansOfPolicy,
  })
  const size = files.reduce((sum, file) => sum + file.size, 0)
  const progress = progressLine()
  let before = 0
  let packets = 0
  try {
    for (const file of files) {
      simulation.begin(nameOf(file.path))
      const { skips, broken, bytes, isEmpty } = await readCapture(
        file.path,
        (record) => {
          packets++
          simulation.record(record)
        },
        ({ read }) => progress.update({ read: before + read, size, packets }),
      )
      if (file.named && (isEmpty || isNoCapture(skips))) refuse(file, isEmpty)
      simulation.end(skips, broken)
      before += bytes
    }
  } finally {
    progress.end()
  }
  simulation.finish()
  return resultOf(simulation, [policy, against], modes)
}
