//! Lithuanian.

use super::Tongue;

pub(super) const TONGUE: Tongue = Tongue {
    code: "lt",
    men: &["Jonas", "Tomas", "Mindaugas", "Vytautas", "Darius", "Giedrius", "Saulius", "Rokas", "Andrius", "Žygimantas"],
    women: &["Rasa", "Jurgita", "Daiva", "Eglė", "Austėja", "Inga", "Rūta", "Gabija", "Ieva", "Živilė"],
    surnames: &[
        ("Kazlauskas", "Kazlauskienė"), ("Jankauskas", "Jankauskaitė"), ("Petrauskas", "Petrauskienė"),
        ("Stankevičius", "Stankevičiūtė"), ("Vasiliauskas", "Vasiliauskienė"), ("Žukauskas", "Žukauskaitė"),
        ("Butkus", "Butkienė"), ("Paulauskas", "Paulauskaitė"), ("Urbonas", "Urbonaitė"), ("Navickas", "Navickienė"),
        ("Šimkus", "Šimkutė"), ("Gintautas", "Gintautaitė"),
    ],
    firms: &[
        "UAB Nemuno Slėnis", "UAB Šiaurės Langas", "UAB Žalia Banga", "AB Aukštaitijos Medis", "UAB Gintaro Kelias",
        "UAB Vėjo Malūnas", "MB Senamiesčio Dirbtuvė", "UAB Ąžuolo Šaka",
    ],
    wishes: &[
        "Šilumos siurblys nuosavam namui", "Vėdinimo sistema biurui", "Saulės elektrinė ant sandėlio stogo",
        "Senų radiatorių keitimas", "Metinė priežiūros sutartis",
    ],
    findings: &[
        "Namas statytas 1978 metais, sienos neapšiltintos.", "Klientas jau turi konkurento pasiūlymą.",
        "Sprendžia žmona, skambinti vakare.", "Nori baigti iki spalio mėnesio.",
        "Katilinėje mažai vietos, reikės lauko bloko.", "Laukia savivaldybės paramos atsakymo.",
    ],
    next_steps: &[
        "Paskambinti kitą antradienį.", "Išsiųsti patikslintą sąmatą.", "Susitarti dėl apžiūros.",
        "Paprašyti namo brėžinių.", "Grįžti prie klausimo po atostogų.",
    ],
    calls: &[
        "Aptarėme kainą ir terminus, klientas pagalvos iki penktadienio.", "Prašo perkelti montavimą viena savaite.",
        "Paaiškinau garantijos sąlygas.", "Teiravosi apie valstybės paramą, atsiųsiu nuorodą.",
    ],
    subjects: &["Dėl mūsų pasiūlymo", "Montavimo laikas", "Sąskaita ir garantija", "Klausimas dėl priežiūros"],
    complaints: &[
        ("Įrenginys labai triukšmingas", "Lauko blokas ūžia visą naktį, nebegalime miegoti."),
        ("Meistras vėlavo dvi dienas", "Sutarėme pirmadienį, atvyko tik trečiadienį ir neatsiprašė."),
        ("Klaida sąskaitoje", "Sąskaitoje dviguba suma už montavimą. Prašau pataisyti."),
    ],
    praise: &["Viskas padaryta greitai ir tvarkingai, ačiū!", "Puikus meistras, rekomenduoju.", "Pirmą kartą žiemą šilta."],
    shrugs: &["Gerai, bet teko palaukti.", "Normaliai, kaina galėtų būti mažesnė.", "Veikia, tik programėlė sudėtinga."],
    grumbles: &["Skambinau keturis kartus, niekas neatsakė.", "Per brangu už tokią kokybę.", "Sugedo po mėnesio, vis dar laukiu detalės."],
};
