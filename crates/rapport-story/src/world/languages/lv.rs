//! Latvian.

use crate::world::tongue::Tongue;

pub(super) const TONGUE: Tongue = Tongue {
    code: "lv",
    men: &["Jānis", "Andris", "Juris", "Edgars", "Māris", "Kārlis", "Gatis", "Raivis", "Uldis", "Krišjānis"],
    women: &["Anna", "Kristīne", "Inese", "Ilze", "Līga", "Dace", "Zane", "Sanita", "Baiba", "Elīna"],
    surnames: &[
        ("Bērziņš", "Bērziņa"),
        ("Kalniņš", "Kalniņa"),
        ("Ozoliņš", "Ozoliņa"),
        ("Jansons", "Jansone"),
        ("Ozols", "Ozola"),
        ("Liepiņš", "Liepiņa"),
        ("Krūmiņš", "Krūmiņa"),
        ("Balodis", "Balode"),
        ("Eglītis", "Eglīte"),
        ("Zariņš", "Zariņa"),
        ("Pētersons", "Pētersone"),
        ("Vītols", "Vītola"),
    ],
    firms: &[
        "SIA Ziemeļu Nams",
        "SIA Daugavas Krasts",
        "AS Vidzemes Siltums",
        "SIA Saulespuķe",
        "SIA Kurzemes Koks",
        "SIA Baltais Bērzs",
        "SIA Gaujas Darbnīca",
        "AS Jūras Vējš",
    ],
    wishes: &[
        "Siltumsūknis privātmājai",
        "Ventilācija divstāvu mājai",
        "Saules paneļi uz noliktavas jumta",
        "Veca gāzes katla nomaiņa",
        "Apkopes līgums birojam",
    ],
    findings: &[
        "Māja celta 1936. gadā, siltināta tikai ziemeļu puse.",
        "Klients salīdzina mūs ar diviem citiem piedāvājumiem.",
        "Lēmumu pieņem abi dzīvesbiedri kopā.",
        "Vēlas visu pabeigt līdz apkures sezonai.",
        "Elektrības pieslēgums ir par vāju, vajadzēs trīs fāzes.",
        "Budžets apstiprināts valdes sēdē.",
    ],
    next_steps: &[
        "Piezvanīt pirmdien no rīta.",
        "Nosūtīt precizētu tāmi līdz piektdienai.",
        "Vienoties par apskates laiku.",
        "Palūgt jumta fotogrāfijas.",
        "Gaidām atbildi no bankas.",
    ],
    calls: &[
        "Apsprieda cenu un piegādes laiku, klients domās līdz nedēļas beigām.",
        "Klients lūdz pārcelt montāžu par nedēļu.",
        "Izskaidroju garantijas noteikumus.",
        "Jautāja par valsts atbalstu, nosūtīšu saiti.",
    ],
    subjects: &["Par mūsu piedāvājumu", "Montāžas laiks", "Rēķins un garantija", "Jautājums par apkopi"],
    complaints: &[
        (
            "Siltumsūknis naktīs trokšņo",
            "Ārējā iekārta naktī rūc tā, ka nevar gulēt ar vaļēju logu. Kaimiņi arī sūdzas.",
        ),
        ("Montieris neieradās", "Gaidīju visu dienu, neviens neatbrauca un nepiezvanīja."),
        ("Nepareizs rēķins", "Rēķinā ir pozīcija, ko neesmu pasūtījis. Lūdzu izlabot."),
    ],
    praise: &[
        "Viss izdarīts laikā un kārtīgi, iesaku draugiem!",
        "Ļoti laipns montieris, paldies.",
        "Beidzot mājās ir silti.",
    ],
    shrugs: &[
        "Kopumā labi, bet bija jāgaida.",
        "Normāli, cena varētu būt zemāka.",
        "Strādā, taču instrukcija nesaprotama.",
    ],
    grumbles: &[
        "Trīs reizes bija jāzvana, lai kāds atbrauktu.",
        "Dārgi un lēni.",
        "Pēc mēneša sabojājās, joprojām gaidu detaļu.",
    ],
};
