import { choose } from './i18n.js';

/** Texts of several pages. */
const en = {
  product: 'Metronome',
  skip: 'Skip to content',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  copy: 'Copy',
  copied: 'Copied',
  otherLanguage: '한국어',
  otherLanguageCode: 'ko',
  dashboard: 'Dashboard',
  signIn: 'Sign in',
  start: 'Start',
  work: 'Work',
  break: 'Break',
  loading: 'Loading',
  apiDocs: 'For developers',
  minutes: 'minutes',
  errors: {
    network: 'The server cannot be reached. Are you online?',
    tooMany: 'That was a little fast. Please try again in a moment.',
    unavailable: 'The server is busy just now. Please try again in a moment.',
    other: (message: string) => `That did not work: ${message}`,
  },
};

const ko: typeof en = {
  product: 'Metronome',
  skip: '본문으로 건너뛰기',
  close: '닫기',
  cancel: '취소',
  save: '저장',
  copy: '복사',
  copied: '복사했습니다',
  otherLanguage: 'English',
  otherLanguageCode: 'en',
  dashboard: '대시보드',
  signIn: '로그인',
  start: '시작',
  work: '집중',
  break: '휴식',
  loading: '불러오는 중',
  apiDocs: '개발자용',
  minutes: '분',
  errors: {
    network: '서버에 연결할 수 없습니다. 인터넷 연결을 확인해 주세요.',
    tooMany: '요청이 너무 빠릅니다. 잠시 후 다시 시도해 주세요.',
    unavailable: '서버가 잠시 바쁩니다. 잠시 후 다시 시도해 주세요.',
    other: (message: string) => `처리하지 못했습니다: ${message}`,
  },
};

export const common = choose({ en, ko });
