import { Wires, stayOnOneProcessor } from './differential/wires.ts'
import { randomScenario, planOf } from './differential/scenario.ts'
import { portsOf, runScenario } from './differential/run.ts'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { ruleset } from '#policy/nft/ruleset.ts'
stayOnOneProcessor()
const w = await Wires.open(['plant','cell'])
const t: Record<string, number> = {}
const clock = async (n: string, f: () => unknown) => { const s = performance.now(); await f(); t[n] = (t[n] ?? 0) + performance.now() - s }
let n = 0
for (let s = 0; s < 60; s++) {
  let sc: any
  await clock('generate', () => { sc = randomScenario(s, 100) })
  if (portsOf(sc).length !== 2) continue
  n++
  let plan: any
  await clock('plan', () => { plan = planOf(sc.policy).plan })
  await clock('unload', () => unload(w.nft))
  await clock('text', () => ruleset(plan, {generation:1}))
  await clock('load', () => loadGeneration(plan, new Map(), w.world.edge))
  await clock('unload2', () => unload(w.nft))
  await clock('whole', () => runScenario(w, sc))
  await clock('settled', () => w.settled())
}
for (const k in t) console.log(k, (t[k]! / n).toFixed(2))
await w.close()
