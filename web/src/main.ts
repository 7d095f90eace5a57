document.title = 'Metronome';
