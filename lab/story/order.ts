import { percentile } from '../figures.ts'
import type { Chapter } from './stage.ts'

/** Two orders each: enough for the slowest hundredth. */
const repetitions = 50
/** For the median, what a person takes for at once. How fast it is where nothing else runs is measured by `order-latency`. */
const limitMs = 250

export const order: Chapter = {
  id: 'order',
  title: 'A person contains the station, and lets it back',
  run: async (stage) => {
    const { plant, edge, ledger } = stage
    const ews = plant.host('ews')
    const ping = ['nping', '--icmp', '-c', '2', '--delay', '100ms', plant.host('plc-cap').ip]
    const contain = async () =>
      ledger.orders.push(
        (await edge.call('contain', { ip: ews.ip, for: '1h', reason: 'suspected malware', by: 'shift lead' })).ms,
      )
    const release = async () =>
      ledger.orders.push((await edge.call('release', { ip: ews.ip, reason: 'checked, clean', by: 'shift lead' })).ms)
    await stage.say('The station behaved strangely. The shift lead orders its containment through the API.')
    await contain()
    stage.check(
      (await edge.status()).containments.some(({ ip }) => ip === ews.ip),
      'the station is contained',
    )
    const { sent, delivered } = await stage.attack(ews.mac, () => stage.run('ews', ping))
    ledger.leaked += delivered
    stage.check(sent > 0 && delivered === 0, `${delivered} of ${sent} packets of its ping got through`)
    await stage.say('It was a false alarm: one command gives it back.')
    await release()
    stage.check(/Rcvd: [12] /.test((await stage.run('ews', ping)).stdout), 'its ping is answered again')
    await stage.say(`The same ${repetitions} times more, to measure.`)
    for (let turn = 0; turn < repetitions; turn++) {
      await contain()
      await release()
    }
    const totals = ledger.orders.map(({ total }) => total)
    const [half, worst] = [percentile(totals, 0.5), percentile(totals, 0.99)]
    stage.check(
      half <= limitMs,
      `an order is durable and in the kernel in ${half.toFixed(1)} ms, 99 of 100 in ${worst.toFixed(1)} ms`,
    )
    await stage.pause(1)
  },
}
