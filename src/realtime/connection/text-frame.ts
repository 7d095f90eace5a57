/** FIN and the opcode of text (RFC 6455, 5.2). */
const FINAL_TEXT = 0x81;
const SHORT = 126;
const MEDIUM = 65_536;

/** An unmasked text frame, as servers send it. It is encoded once and written to every recipient's socket. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = headerOf(length);
  const frame = Buffer.allocUnsafe(header.length + length);
  header.copy(frame);
  frame.write(text, header.length);
  return frame;
}

function headerOf(length: number): Buffer {
  if (length < SHORT) return Buffer.from([FINAL_TEXT, length]);
  if (length < MEDIUM) {
    const header = Buffer.from([FINAL_TEXT, SHORT, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.alloc(10);
  header[0] = FINAL_TEXT;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
