import type { Chapter } from './stage.ts'

const isUp = (said: string): boolean => /Host is up/.test(said)

export const shuffle: Chapter = {
  id: 'shuffle',
  title: 'The decoys move, and production does not notice',
  run: async (stage) => {
    const { edge, ledger } = stage
    const lost = await stage.pollsLost()
    const before = (await edge.call('decoys', {})).decoys
    await stage.say(
      'What somebody has learned of the network is worth nothing tomorrow: decoys change places, or what they are.',
    )
    const report = await edge.call('decoys-shuffle', {
      now: true,
      force: true,
      reason: 'shown to visitors',
      by: 'shift lead',
    })
    const after = (await edge.call('decoys', {})).decoys
    const was = new Map(before.map((row) => [row.address, `${row.persona} ${row.serial}`]))
    const changed = after.filter((row) => was.get(row.address) !== `${row.persona} ${row.serial}`)
    stage.check(
      changed.length > 0 && after.length === before.length,
      `${changed.length} of ${after.length} addresses show another device than before, after ${Math.round(report.ms)} ms`,
    )
    const [free, taken] = [report.left.find((one) => !report.appeared.includes(one)), report.appeared[0]]
    const ping = async (address: string | undefined) =>
      address !== undefined && isUp((await stage.run('ews', ['nmap', '-n', '-sn', '-PR', '-T5', address])).stdout)
    stage.check(!(await ping(free)), `${free} is free again`)
    stage.check(await ping(taken), `a decoy answers at ${taken}`)
    const gone = (await stage.pollsLost()) - lost
    stage.check(gone === 0, `${gone} polls lost meanwhile`)
    ledger.decoys = { ...ledger.decoys, moved: changed.length, epoch: report.epoch }
    await stage.pause(1)
  },
}
