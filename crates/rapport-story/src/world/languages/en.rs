//! English.

use crate::world::tongue::Tongue;

pub(super) const TONGUE: Tongue = Tongue {
    code: "en",
    men: &["James", "Oliver", "Thomas", "William", "George", "Harry", "Arthur", "Edward", "Liam", "Patrick"],
    women: &["Emma", "Charlotte", "Alice", "Grace", "Sophie", "Eleanor", "Hannah", "Lucy", "Fiona", "Niamh"],
    surnames: &[
        ("Smith", "Smith"),
        ("Taylor", "Taylor"),
        ("Wright", "Wright"),
        ("Harrison", "Harrison"),
        ("O'Brien", "O'Brien"),
        ("Clarke", "Clarke"),
        ("Walker", "Walker"),
        ("Bennett", "Bennett"),
        ("Fletcher", "Fletcher"),
        ("Murphy", "Murphy"),
        ("Hughes", "Hughes"),
        ("Campbell", "Campbell"),
    ],
    firms: &[
        "Harbour Lights Hotel Ltd",
        "Northgate Brewing Ltd",
        "Old Mill Studios",
        "Beacon Freight Ltd",
        "Larch & Sons Ltd",
        "Riverside Clinic LLP",
    ],
    wishes: &[
        "Heat pump for a family home",
        "Ventilation for an office floor",
        "Solar roof for a warehouse",
        "Replacing an old oil boiler",
        "Three-year service plan",
    ],
    findings: &[
        "Listed building, nothing may show on the street side.",
        "They hold two other quotes, ours is the middle one.",
        "The finance director decides, not the facility manager.",
        "Wants it finished before the first frost.",
        "The cellar floods in spring, so the unit goes on the wall.",
        "Grant application is with the council.",
    ],
    next_steps: &[
        "Ring back on Monday morning.",
        "Send the revised estimate by Friday.",
        "Fix a date for the site visit.",
        "Ask for photographs of the plant room.",
        "Pick this up again after the holidays.",
    ],
    calls: &[
        "Talked through price and dates; they will think until Friday.",
        "Asked to move the installation by a week.",
        "Explained what the warranty covers.",
        "Asked about grants, will send the link.",
    ],
    subjects: &[
        "About our offer",
        "Date of installation",
        "Invoice and warranty",
        "A question about servicing",
    ],
    complaints: &[
        (
            "Unit is loud at night",
            "The outdoor unit hums all night and we cannot sleep with the window open.",
        ),
        ("Nobody came", "I took a day off and waited. No fitter, no call, nothing."),
        ("Wrong invoice", "There is an item on the invoice that I never ordered. Please correct it."),
    ],
    praise: &[
        "On time, tidy, friendly. Recommended!",
        "The fitter was superb, thank you.",
        "Warm at last, and half the bill.",
    ],
    shrugs: &[
        "Good overall, but we had to wait.",
        "Fine, a little expensive.",
        "It works; the app is confusing.",
    ],
    grumbles: &[
        "Had to ring four times before anybody answered.",
        "Too expensive for what it is.",
        "Broke after a month, still waiting for the part.",
    ],
};
