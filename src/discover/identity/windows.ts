/** Names of Windows by the version numbers that SMB, NTLM, browsers and SNMP carry. A client and a server edition have the same. */

const names: Readonly<Record<string, string>> = {
  '4.0': 'Windows NT 4.0',
  '5.0': 'Windows 2000',
  '5.1': 'Windows XP',
  '5.2': 'Windows Server 2003',
  '6.0': 'Windows Vista / Server 2008',
  '6.1': 'Windows 7 / Server 2008 R2',
  '6.2': 'Windows 8 / Server 2012',
  '6.3': 'Windows 8.1 / Server 2012 R2',
}

/** Since version 10 only the build tells them apart: the first build of each, newest first. */
const builds: readonly (readonly [build: number, name: string])[] = [
  [26_100, 'Windows 11 / Server 2025'],
  [22_000, 'Windows 11'],
  [20_348, 'Windows Server 2022'],
  [17_763, 'Windows 10 / Server 2019'],
  [14_393, 'Windows 10 / Server 2016'],
]

/** Such as `Windows 7 / Server 2008 R2 (6.1.7601)`; empty for numbers that no Windows has. */
export const windowsName = (major: number, minor: number, build = 0): string => {
  const name =
    major === 10 && minor === 0
      ? (builds.find(([first]) => build >= first)?.[1] ?? 'Windows 10')
      : (names[`${major}.${minor}`] ?? '')
  return name === '' || build === 0 ? name : `${name} (${major}.${minor}.${build})`
}
