import { type Fields, parseForm, parseJson } from './form-fields.js';

const plain = (fields: Fields) => Object.fromEntries(fields);

describe('parseForm', () => {
  it.each([
    ['title=Math', { title: 'Math' }],
    ['title=Math&', { title: 'Math' }],
    ['title=수학&', { title: '수학' }],
    ['title=%EC%88%98%ED%95%99', { title: '수학' }],
    ['title=수%ED%95%99+1', { title: '수학 1' }],
    ['title=a=b', { title: 'a=b' }],
    ['title=100%', { title: '100%' }],
    ['title=%zz%4', { title: '%zz%4' }],
    ['title=one&title=two', { title: 'two' }],
    ['title', { title: '' }],
    ['title=&&x=1', { title: '', x: '1' }],
    ['ti%74le=x', { title: 'x' }],
    ['title=%00', { title: '\0' }],
    ['', {}],
    ['&&', {}],
  ])('reads %j', (body, fields) => {
    expect(plain(parseForm(Buffer.from(body)))).toEqual(fields);
  });

  it.each([
    ['a lone surrogate', Buffer.from('title=%ED%A0%80')],
    ['a cut sequence', Buffer.from('title=%EC%88')],
    ['another charset', Buffer.from([...Buffer.from('title='), 0xbc, 0xf6])],
  ])('has no fields with %s', (_, body) => {
    expect(plain(parseForm(body))).toEqual({});
  });

  it('has at most 100 pairs, a trailing & not counted', () => {
    const form = (pairs: number) => parseForm(Buffer.from(`${'a&'.repeat(pairs - 1)}title=x`)).get('title');
    expect([100, 101, 131_000].map(form)).toEqual(['x', undefined, undefined]);
    expect(parseForm(Buffer.from(`title=x${'&a'.repeat(99)}&`)).get('title')).toBe('x');
    expect(parseForm(Buffer.from(`title=x${'&a'.repeat(99)}&&`)).get('title')).toBeUndefined();
  });

  it('takes no name for anything but a name', () => {
    expect(parseForm(Buffer.from('__proto__=x&constructor=y')).get('title')).toBeUndefined();
  });
});

describe('parseJson', () => {
  it.each([
    ['{"title":"Math"}', { title: 'Math' }],
    ['\ufeff {"title":"Math"}', { title: 'Math' }],
    ['{"title":"one","title":2}', { title: 2 }],
    ['{}', {}],
    ['[]', {}],
    ['["title"]', {}],
    ['"title"', {}],
    ['null', {}],
    ['{"title":', {}],
    ["{'title':'x'}", {}],
    ['', {}],
  ])('reads %j', (body, fields) => {
    expect(plain(parseJson(Buffer.from(body)))).toEqual(fields);
  });

  it('has no fields when it is no UTF-8', () => {
    expect(plain(parseJson(Buffer.from([...Buffer.from('{"title":"'), 0xff, ...Buffer.from('"}')])))).toEqual({});
  });

  it('inherits nothing', () => {
    expect(parseJson(Buffer.from('{"__proto__":{"title":"x"}}')).get('title')).toBeUndefined();
  });
});
