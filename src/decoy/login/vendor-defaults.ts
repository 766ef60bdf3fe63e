/**
 * Logins that devices of the field are delivered with (ATT&CK for ICS, T0812), as their manuals and public advisories print them. Some
 * were fixed in the firmware. An empty user: the device asks for a password alone.
 */
export interface VendorDefault {
  readonly vendor: string
  readonly product: string
  readonly user: string
  readonly password: string
  readonly source: string
}

type Row = readonly [product: string, source: string, ...logins: (readonly [user: string, password: string])[]]

const manual = (product: string): string => `${product} manual`

/** One vendor's products: `''` as source stands for the product's own manual. */
const of = (vendor: string, ...rows: readonly Row[]): readonly VendorDefault[] =>
  rows.flatMap(([product, source, ...logins]) =>
    logins.map(([user, password]) => ({
      vendor,
      product,
      user,
      password,
      source: source === '' ? manual(product) : source,
    })),
  )

export const vendorDefaults: readonly VendorDefault[] = [
  ...of(
    'Moxa',
    ['NPort 5000', '', ['', 'moxa'], ['admin', 'moxa']],
    ['EDS switch', '', ['admin', ''], ['user', '']],
    ['AWK', '', ['admin', 'root']],
    ['UC computer', '', ['moxa', 'moxa'], ['root', 'root']],
    ['OnCell G3100', '', ['admin', 'admin']],
  ),
  ...of(
    'Siemens',
    ['SCALANCE X', '', ['admin', 'admin'], ['user', 'user']],
    ['RUGGEDCOM ROS', '', ['operator', 'operator'], ['guest', 'guest']],
    ['WinCC flexible Sm@rtServer', '', ['Administrator', '100'], ['', '100']],
    ['WinCC', 'CVE-2010-2772', ['WinCCConnect', '2WSXcder'], ['WinCCAdmin', '2WSXcde']],
    ['LOGO! 8', '', ['', 'LOGO'], ['Web User', 'LOGO']],
  ),
  ...of(
    'Schneider Electric',
    ['Modicon M340 NOE', '', ['USER', 'USER']],
    [
      'Modicon Quantum NOE',
      'ICS-ALERT-11-346-01, CVE-2011-4859',
      ['sysdiag', 'factorycast@schneider'],
      ['ntpupdate', 'ntpupdate'],
      ['pcfactory', 'pcfactory'],
      ['loader', 'fwdownload'],
      ['fdrusers', 'sresurdf'],
      ['nic2212', 'poiuypoiuy'],
      ['nimrohs2212', 'qwertyqwerty'],
      ['test', 'testingpw'],
      ['webserver', 'webpages'],
    ],
    ['PowerLogic PM5500', '', ['user1', 'pass1'], ['user2', 'pass1']],
    ['PowerLogic EGX', '', ['Administrator', 'Gateway']],
    ['APC network management card', '', ['apc', 'apc'], ['device', 'apc'], ['readonly', 'apc']],
  ),
  ...of(
    'Rockwell Automation',
    ['MicroLogix 1400', '', ['administrator', 'ml1400']],
    ['MicroLogix 1100', '', ['administrator', 'ml1100']],
    ['1756-EN2T', '', ['Administrator', '']],
    ['Stratix', '', ['', 'switch']],
  ),
  ...of('WAGO', ['750', '', ['admin', 'wago'], ['root', 'wago'], ['user', 'user'], ['guest', 'guest'], ['su', 'wago']]),
  ...of(
    'Phoenix Contact',
    ['FL SWITCH', '', ['admin', 'private']],
    ['FL MGUARD', '', ['admin', 'mGuard'], ['root', 'root']],
  ),
  ...of('Hirschmann', ['HiOS', '', ['admin', 'private'], ['user', 'public']]),
  ...of('Westermo', ['WeOS', '', ['admin', 'westermo']]),
  ...of('Advantech', ['ADAM-6000', '', ['', '00000000']], ['WebAccess', '', ['admin', '']]),
  ...of('Lantronix', ['EDS', '', ['admin', 'PASS']], ['SLC', '', ['sysadmin', 'PASS']]),
  ...of('Digi', ['PortServer TS', '', ['root', 'dbps']]),
  ...of('Sierra Wireless', ['AirLink', '', ['user', '12345']]),
  ...of('Tridium', ['JACE', '', ['tridium', 'niagara']]),
  ...of(
    'ABB',
    [
      'Relion 615',
      '',
      ['VIEWER', 'remote0001'],
      ['OPERATOR', 'remote0002'],
      ['ENGINEER', 'remote0003'],
      ['ADMINISTRATOR', 'remote0004'],
    ],
    ['RTU500', '', ['Default', 'Default']],
    ['IRC5', '', ['Default User', 'robotics']],
  ),
  ...of('GE', ['D20', '', ['westronic', 'rd']], ['MDS Orbit', '', ['admin', 'admin']]),
  ...of('SEL', ['relay', '', ['ACC', 'OTTER'], ['2AC', 'TAIL'], ['CAL', 'CLARKE']]),
  ...of('Emerson', ['ROC800', '', ['LOI', '1000']], ['Liebert IntelliSlot', '', ['Liebert', 'Liebert']]),
  ...of('Mitsubishi Electric', ['QnUDECPU', '', ['QNUDECPU', 'QNUDECPU']], ['MELSEC iQ-R', '', ['RCPU', 'RCPU']]),
  ...of('Omron', ['CJ1W-ETN21', '', ['CONFIDENTIAL', '']]),
  ...of('Beckhoff', ['CX', '', ['Administrator', '1'], ['webguest', '1']]),
  ...of('Weintek', ['cMT', '', ['', '111111'], ['uploadhis', '111111']]),
  ...of('Exor', ['eX700', '', ['admin', 'admin'], ['user', 'user']]),
  ...of('HMS', ['Ewon', '', ['adm', 'adm']]),
  ...of('Teltonika', ['RUT', '', ['admin', 'admin01']]),
  ...of('Cisco', ['IE switch', '', ['cisco', 'cisco']]),
  ...of('Janitza', ['UMG', 'CVE-2015-3968', ['admin', 'Janitza']]),
  ...of('SMA', ['Sunny WebBox', '', ['', 'sma']]),
  ...of('Unitronics', ['Vision', 'CISA AA23-335A', ['', '1111']]),
  ...of('Carel', [
    'pCOWeb',
    '',
    ['admin', 'fadmin'],
    ['root', 'froot'],
    ['httpadmin', 'fhttpadmin'],
    ['carel', 'fcarel'],
    ['guest', 'fguest'],
  ]),
  ...of('Loytec', ['L-INX', '', ['admin', 'loytec4u']]),
  ...of('Saia-Burgess', ['PCD', '', ['root', 'rootpasswd']]),
  ...of('Echelon', ['i.LON SmartServer', '', ['ilon', 'ilon']]),
  ...of('Electro Industries', ['Nexus 1500', '', ['eig', 'eig']]),
  ...of('Perle', ['IOLAN', '', ['admin', 'superuser']]),
  ...of('Wind River', ['VxWorks', '', ['target', 'password']]),
  ...of('Kunbus', ['Revolution Pi', '', ['pi', 'raspberry']]),
  ...of('Inductive Automation', ['Ignition 7', '', ['admin', 'password']]),
  ...of('AVEVA', ['Historian', '', ['wwAdmin', 'wwAdmin'], ['wwPower', 'wwPower'], ['wwUser', 'wwUser']]),
  ...of('Dell', ['iDRAC', '', ['root', 'calvin']]),
  ...of('Supermicro', ['BMC', '', ['ADMIN', 'ADMIN']]),
  ...of('Ubiquiti', ['airOS', '', ['ubnt', 'ubnt']]),
  ...of('Bosch Rexroth', ['ctrlX CORE', '', ['boschrexroth', 'boschrexroth']]),
  ...of('Universal Robots', ['CB and e-Series', '', ['root', 'easybot'], ['ur', 'easybot']]),
  ...of('MiR', ['MiR100', 'CVE-2020-10270', ['Distributor', 'distributor']]),
  ...of('SICK', ['SOPAS', '', ['maintenance', 'main'], ['client', 'client']]),
]

/** The device that is delivered with it. Users as the field writes them: upper or lower case is not looked at. */
export const vendorDefaultOf = (user: string, password: string): VendorDefault | undefined => {
  // Where the protocol names no user, a password that is empty says nothing.
  if (user === '' && password === '') return undefined
  const named = user.toLowerCase()
  return vendorDefaults.find((one) => one.password === password && (named === '' || one.user.toLowerCase() === named))
}
