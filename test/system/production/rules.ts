/**
 * Puts rules into the kernel of the namespace it runs in and takes them out, as a daemon or a boot does, many times in one
 * process. Reads one word per line, answers with one JSON line.
 *   node rules.ts --first a.yaml --second b.yaml --mild c.yaml --edge line-edge --state /run/x
 */
import { createInterface } from 'node:readline'
import { print, readArguments, runDevice } from '#lab/devices/arguments.ts'
import { storePath } from '#edge/context.ts'
import { enforce } from '#edge/enforce.ts'
import { unload } from '#edge/kernel/generations.ts'
import { loadAtBoot } from '#edge/load.ts'
import { planOf, policyFromFile } from '#edge/policy-source.ts'
import { openStore } from '#edge/store/open.ts'
import { removeBridge } from '#linux/bridge.ts'
import { Nft } from '#linux/nftables.ts'
import { sysctls, writeSysctl } from '#linux/sysctl.ts'

await runDevice(() => {
  const { first, second, mild, edge, state } = readArguments({
    first: undefined,
    second: undefined,
    mild: undefined,
    edge: undefined,
    state: undefined,
  })
  const planIn = (file: string) => planOf(policyFromFile(file).site, edge, { bindings: new Map(), islands: [] })
  const plans = [first, second].map(planIn)
  const observing = planIn(mild)
  const nft = Nft.open()
  let swaps = 0
  const load = async (plan = plans[swaps++ % plans.length]) => {
    if (plan === undefined) return
    const store = openStore({ path: storePath(state), beside: true })
    await enforce(store, plan)
    store.close()
  }
  /** A kernel that never saw us. It tracks for a while after the rules are gone, but not what passes a bridge. */
  const forget = () => {
    for (const name of [sysctls.bridgeCallIptables, sysctls.bridgeCallIp6tables, sysctls.bridgeFilterVlanTagged])
      writeSysctl(name, 0)
    unload(nft)
  }
  const words: Record<string, () => unknown> = {
    load: () => load(),
    observe: () => load(observing),
    forget,
    boot: () => loadAtBoot({ state }),
    'forget-bridge': async () => {
      await removeBridge('br0')
      forget()
    },
  }
  let last: Promise<unknown> = Promise.resolve()
  createInterface({ input: process.stdin }).on('line', (word) => {
    last = last.then(words[word]).then(
      () => print({ done: word }),
      (error: unknown) => print({ failed: `${word}: ${String(error)}` }),
    )
  })
  process.stdin.on('close', () => process.exit(0))
  print({ done: 'start' })
})
