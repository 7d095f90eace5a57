/**
 * QR codes (ISO/IEC 18004) of texts up to 271 bytes: byte mode, error correction L, versions 1 to 10. That is enough
 * for any share URL and small enough to need no library.
 */

/** For each version at level L: data bytes per block, number of blocks, correction bytes per block. */
const VERSIONS = [
  { blocks: [19], correction: 7 },
  { blocks: [34], correction: 10 },
  { blocks: [55], correction: 15 },
  { blocks: [80], correction: 20 },
  { blocks: [108], correction: 26 },
  { blocks: [68, 68], correction: 18 },
  { blocks: [78, 78], correction: 20 },
  { blocks: [97, 97], correction: 24 },
  { blocks: [116, 116], correction: 30 },
  { blocks: [68, 68, 69, 69], correction: 18 },
] as const;

/** Centres of the alignment patterns, by version. */
const ALIGNMENTS = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
];

type Matrix = (boolean | undefined)[][];

/** @returns rows of modules, true for dark @throws RangeError when the text is too long */
export function qrCode(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const index = VERSIONS.findIndex(({ blocks }, at) => bytes.length <= sum(blocks) - (at < 9 ? 2 : 3));
  if (index < 0) throw new RangeError('The text is too long for a QR code of ours');
  const codewords = interleave(dataOf(bytes, index), index);
  const candidates = MASKS.map((mask, number) => draw(index, codewords, mask, number));
  return candidates.reduce((best, matrix) => (penaltyOf(matrix) < penaltyOf(best) ? matrix : best));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The data codewords: mode, length, bytes, terminator, and padding up to the version's capacity. */
function dataOf(bytes: Uint8Array, index: number): number[] {
  const capacity = sum(VERSIONS[index]?.blocks ?? []);
  const length = bytes.length.toString(2).padStart(index < 9 ? 8 : 16, '0');
  const bits = `0100${length}${[...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')}0000`;
  const data = (bits.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, '0'), 2)).slice(0, capacity);
  while (data.length < capacity) data.push(data.length % 2 === padFrom(bits) ? 0xec : 0x11);
  return data;
}

/** Padding starts at the next byte boundary with 0xEC. */
const padFrom = (bits: string): number => Math.ceil(bits.length / 8) % 2;

/** Interleaves the blocks and their correction bytes. */
function interleave(data: readonly number[], index: number): number[] {
  const { blocks, correction } = VERSIONS[index] ?? VERSIONS[0];
  let start = 0;
  const parts = blocks.map((size) => data.slice(start, (start += size)));
  const corrections = parts.map((part) => correctionOf(part, correction));
  const inTurn = (lists: readonly number[][]): number[] =>
    Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, at) =>
      lists.flatMap((list) => list[at] ?? []),
    ).flat();
  return [...inTurn(parts), ...inTurn(corrections)];
}

/** Multiplication in GF(256) with the polynomial 0x11D. */
function times(one: number, other: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--)
    product = (product << 1) ^ ((product >>> 7) * 0x11d) ^ (((other >>> bit) & 1) * one);
  return product;
}

/** Reed–Solomon: the remainder of the data divided by the generator polynomial of this degree. */
function correctionOf(data: readonly number[], degree: number): number[] {
  let generator = [1];
  for (let power = 0, root = 1; power < degree; power++, root = times(root, 2)) {
    generator = [...generator, 0].map((factor, at) => factor ^ times(generator[at - 1] ?? 0, root));
  }
  const remainder = new Array<number>(degree).fill(0);
  for (const byte of data) {
    const factor = byte ^ (remainder.shift() ?? 0);
    remainder.push(0);
    generator.slice(1).forEach((part, at) => (remainder[at] = (remainder[at] ?? 0) ^ times(part, factor)));
  }
  return remainder;
}

const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

function draw(index: number, codewords: readonly number[], mask: (typeof MASKS)[number], number: number): boolean[][] {
  const size = 21 + index * 4;
  const matrix: Matrix = Array.from({ length: size }, () => new Array<undefined>(size).fill(undefined));
  drawPatterns(matrix, index);
  drawFormat(matrix, number);
  if (index >= 6) drawVersion(matrix, index + 1);
  drawData(matrix, codewords, mask);
  return matrix.map((row) => row.map((module) => module === true));
}

/** Finder, alignment and timing patterns. */
function drawPatterns(matrix: Matrix, index: number): void {
  const size = matrix.length;
  for (let at = 8; at < size - 8; at++) {
    set(matrix, 6, at, at % 2 === 0);
    set(matrix, at, 6, at % 2 === 0);
  }
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const) {
    square(matrix, row, column, 4, (distance) => distance !== 2 && distance !== 4);
  }
  const centres = ALIGNMENTS[index] ?? [];
  const last = centres.length - 1;
  centres.forEach((row, r) => {
    centres.forEach((column, c) => {
      const isCorner = (r === 0 && c === 0) || (r === 0 && c === last) || (r === last && c === 0);
      if (!isCorner) square(matrix, row, column, 2, (distance) => distance !== 1);
    });
  });
}

function square(matrix: Matrix, row: number, column: number, reach: number, dark: (distance: number) => boolean): void {
  for (let r = -reach; r <= reach; r++) {
    for (let c = -reach; c <= reach; c++) set(matrix, row + r, column + c, dark(Math.max(Math.abs(r), Math.abs(c))));
  }
}

function set(matrix: Matrix, row: number, column: number, dark: boolean): void {
  const line = matrix[row];
  if (line && column >= 0 && column < line.length) line[column] = dark;
}

/** Format information (level L and the mask's number) with its BCH code, drawn twice. */
function drawFormat(matrix: Matrix, mask: number): void {
  const size = matrix.length;
  const data = (0b01 << 3) | mask;
  let remainder = data;
  for (let step = 0; step < 10; step++) remainder = (remainder << 1) ^ ((remainder >>> 9) * 0x537);
  const bits = ((data << 10) | remainder) ^ 0x5412;
  for (let bit = 0; bit < 15; bit++) {
    const dark = ((bits >>> bit) & 1) === 1;
    const along = bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit;
    set(matrix, along, 8, dark);
    set(matrix, 8, bit < 8 ? size - 1 - bit : bit === 8 ? 7 : 14 - bit, dark);
  }
  set(matrix, size - 8, 8, true);
}

/** Version information, required from version 7, drawn twice. */
function drawVersion(matrix: Matrix, version: number): void {
  let remainder = version;
  for (let step = 0; step < 12; step++) remainder = (remainder << 1) ^ ((remainder >>> 11) * 0x1f25);
  const bits = (version << 12) | remainder;
  for (let bit = 0; bit < 18; bit++) {
    const [near, far] = [Math.floor(bit / 3), matrix.length - 11 + (bit % 3)];
    set(matrix, near, far, ((bits >>> bit) & 1) === 1);
    set(matrix, far, near, ((bits >>> bit) & 1) === 1);
  }
}

/** Fills pairs of columns from the right, up and down in turn, and skips modules that are already drawn. */
function drawData(matrix: Matrix, codewords: readonly number[], mask: (typeof MASKS)[number]): void {
  const size = matrix.length;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const isUpward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step++) {
      const row = isUpward ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (matrix[row]?.[column] !== undefined) continue;
        const dark = (((codewords[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1) === 1;
        set(matrix, row, column, dark !== mask(row, column));
        bit++;
      }
    }
  }
}

/** The penalty score of the standard's four rules; lower is easier to read. */
function penaltyOf(matrix: readonly (readonly boolean[])[]): number {
  const size = matrix.length;
  const lines = [...matrix, ...matrix.map((_, column) => matrix.map((row) => row[column] === true))];
  const texts = lines.map((line) => line.map(Number).join(''));
  const runs = texts.flatMap((text) => text.match(/0{5,}|1{5,}/g) ?? []).map((run) => run.length - 2);
  const finders = texts.flatMap((text) => [...text.matchAll(/(?=00001011101|10111010000)/g)]).length;
  let blocks = 0;
  for (let row = 1; row < size; row++) {
    for (let column = 1; column < size; column++) {
      const corner = matrix[row]?.[column];
      const neighbours = [matrix[row - 1]?.[column - 1], matrix[row - 1]?.[column], matrix[row]?.[column - 1]];
      if (neighbours.every((module) => module === corner)) blocks++;
    }
  }
  const dark = matrix.flat().filter(Boolean).length / (size * size);
  return sum(runs) + finders * 40 + blocks * 3 + Math.floor(Math.abs(dark * 20 - 10)) * 10;
}
