import { choose } from '../shared/i18n.js';

const en = {
  headline: 'One timer. Everyone in step.',
  lines: [
    ['Focus together', 'Open a room, send the link. The same countdown on every screen, nothing to install.'],
    ['Pick it up anywhere', 'Start on the phone, pause on the laptop. Your own timers follow you, to the second.'],
    ['Keep what you have', 'The study timer app you already use keeps working, and shows up here at once.'],
  ],
  roomTitle: 'Start a room',
  roomName: 'Name of the room',
  anotherName: 'Suggest another name',
  nameRule: '3 to 50 letters, digits, hyphens or underscores',
  lengths: 'Lengths',
  workMinutes: 'Work, minutes',
  breakMinutes: 'Break, minutes',
  autoBreak: 'Start the break by itself',
  create: 'Create the room',
  creating: 'Creating …',
  joinTitle: 'Got a link?',
  joinLabel: 'Link or id of a room',
  join: 'Join',
  joinWrong: 'That is not the link of a room.',
  recent: 'Your last rooms',
};

const ko: typeof en = {
  headline: '하나의 타이머, 모두 함께.',
  lines: [
    ['함께 집중하기', '방을 열고 링크를 보내세요. 설치 없이 모든 화면에서 같은 카운트다운을 봅니다.'],
    ['어디서나 이어서', '휴대폰에서 시작하고 노트북에서 멈추세요. 내 타이머가 초 단위로 따라옵니다.'],
    ['쓰던 앱 그대로', '지금 쓰는 공부 타이머 앱도 그대로 동작하고, 여기에 바로 나타납니다.'],
  ],
  roomTitle: '방 만들기',
  roomName: '방 이름',
  anotherName: '다른 이름 추천',
  nameRule: '영문, 숫자, 하이픈, 밑줄 3~50자',
  lengths: '시간 설정',
  workMinutes: '집중 (분)',
  breakMinutes: '휴식 (분)',
  autoBreak: '휴식을 자동으로 시작',
  create: '방 만들기',
  creating: '만드는 중 …',
  joinTitle: '링크를 받으셨나요?',
  joinLabel: '방 링크 또는 ID',
  join: '참여',
  joinWrong: '방 링크가 아닙니다.',
  recent: '최근에 연 방',
};

export const texts = choose({ en, ko });
