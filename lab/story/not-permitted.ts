import type { Chapter } from './stage.ts'

export const notPermitted: Chapter = {
  id: 'not-permitted',
  title: 'A known station tries what its conduits do not cover',
  run: async (stage) => {
    const { plant, edge } = stage
    const [ews, target] = [plant.host('ews'), plant.host('plc-fill')]
    await stage.say(
      'The engineering station may ping controllers, and program them on Saturday nights. It tries Modbus and a web page.',
    )
    const scan = ['nmap', '-n', '-Pn', '-sT', '-T5', '-p', '80,502', target.ip]
    let said = ''
    const { sent, delivered } = await stage.attack(ews.mac, async () => (said = (await stage.run('ews', scan)).stdout))
    stage.check(sent > 0 && delivered === 0, `${delivered} of ${sent} packets reached ${target.name}`)
    stage.check(/80\/tcp\s+filtered/.test(said) && /502\/tcp\s+filtered/.test(said), 'nmap saw both ports filtered')
    const denial = await edge.event(({ kind, source }) => kind === 'denial' && source?.ip === ews.ip)
    stage.check(
      denial !== undefined,
      denial === undefined ? 'no event of it' : 'an event names the station, the controller and the port',
    )
    await stage.say('A known asset is denied, never contained by a packet: what it may do goes on.')
    const { containments } = await edge.status()
    stage.check(!containments.some(({ ip }) => ip === ews.ip), 'the station is not contained')
    const ping = await stage.run('ews', ['nping', '--icmp', '-c', '2', '--delay', '100ms', plant.host('plc-cap').ip])
    stage.check(/Rcvd: [12] /.test(ping.stdout), 'its permitted ping is answered as ever')
    await stage.pause(1)
  },
}
