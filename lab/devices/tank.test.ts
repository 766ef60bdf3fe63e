import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coils, registers } from './registers.ts'
import { advance, fullTank, newTank, type Tank } from './tank.ts'

const after = (tank: Tank, seconds: number, each: (tank: Tank) => void = () => undefined): Tank => {
  let now = tank
  for (let at = 0; at < seconds; at += 0.1) {
    now = advance(now, 0.1)
    each(now)
  }
  return now
}

test('under automatic control the level stays near its setpoint and the values move', () => {
  const levels = new Set<number>()
  const tank = after(after(newTank(), 60), 600, (now) => {
    assert.ok(now.level > 220 && now.level < 280, `level ${now.level}`)
    levels.add(registers[0]?.read(now) ?? 0)
  })
  assert.ok(levels.size > 20)
  assert.ok(Math.abs(tank.temperature - tank.temperatureSetpoint) < 2)
})

test('a new setpoint moves the level there', () => {
  const tank = registers[100]?.write?.(newTank(), 400)
  assert.ok(tank)
  const later = after(tank, 200)
  assert.ok(later.level > 380 && later.level < 420, `level ${later.level}`)
})

test('in manual mode an open inlet fills the tank to the brim and no further', () => {
  const manual = registers[40]?.write?.(newTank(), 0) ?? newTank()
  const tank = after(coils[0]?.write?.(manual, true) ?? manual, 400)
  assert.ok(tank.level > fullTank - 5 && tank.level <= fullTank)
})

test('a value that the device cannot take is refused', () => {
  assert.equal(registers[100]?.write?.(newTank(), fullTank + 1), undefined)
  assert.equal(registers[40]?.write?.(newTank(), 2), undefined)
})
