import type { Chapter } from './stage.ts'

export const spoof: Chapter = {
  id: 'spoof',
  title: 'A camera in cell 2 poses as the HMI',
  run: async (stage) => {
    const { plant, edge } = stage
    const [camera, hmi, target] = [plant.host('camera'), plant.host('hmi'), plant.host('plc-fill')]
    const before = await stage.pollsLost()
    await stage.say(
      'The HMI may write to controllers. A camera nobody knows sends packets with the address of the HMI.',
    )
    const forged = ['hping3', '-q', '-S', '-a', hmi.ip, '-p', '502', '-i', 'u50000', '-c', '5', target.ip]
    const { sent, delivered } = await stage.attack(camera.mac, () => stage.run('camera', forged))
    stage.check(sent >= 5 && delivered === 0, `${delivered} of ${sent} forged packets reached ${target.name}`)
    const alarm = await edge.event(({ kind, source }) => kind === 'spoof' && source?.ip === hmi.ip)
    stage.check(alarm !== undefined, alarm === undefined ? 'no alarm' : `alarm: ${alarm.text}`)
    const { containments } = await edge.status()
    stage.check(
      !containments.some(({ ip }) => ip === hmi.ip),
      'the HMI is not contained: nobody stops a line by forging its address',
    )
    const lost = (await stage.pollsLost()) - before
    stage.check(lost === 0, `${lost} polls lost meanwhile`)
    await stage.pause(1)
  },
}
